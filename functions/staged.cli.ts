import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { z } from 'zod';
import { runStaged } from '../shared/admin/staged.ts';
import { parseStagedCommand, stagedUsage } from '../shared/admin/staged-command.ts';
import { StagedProblem } from '../shared/admin/staged-problem.ts';
import { parseStorageSettings, type StorageSettings } from '../shared/config/settings.ts';
import { ConfigError } from '../shared/model/errors.ts';
import { createOperatorPorts } from './dependencies.ts';

// The command line of whoever decides about staged removals. A process of its own beside the app: it reads its own words and environment.
const localFile = 'local.settings.json';

interface Found {
  readonly settings: StorageSettings;
  /** Where they were found, for the reader. */
  readonly source: string;
}

async function main(words: readonly string[]): Promise<void> {
  const parsed = parseStagedCommand(words);
  if (parsed.kind === 'help') {
    process.stdout.write(stagedUsage);
    return;
  }
  const { settings, source } = findStorage(parsed.storage, process.env);
  await runStaged(parsed.command, {
    ...createOperatorPorts(settings),
    by: parsed.by ?? nameUser(),
    storage: source,
    say: (line) => {
      process.stdout.write(`${line}\n`);
    },
  });
}

/** The option first, then the environment, then what `func` and `npm run app` take their settings from. */
function findStorage(
  option: string | undefined,
  environment: { readonly [name: string]: string | undefined },
): Found {
  if (option !== undefined) return { settings: parseOption(option), source: '--storage' };
  const isSet = Object.keys(environment).some(
    (name) => name.startsWith('AzureWebJobsStorage') && environment[name] !== '',
  );
  if (isSet || !existsSync(localFile)) {
    return { settings: parseStorageSettings(environment), source: 'the environment' };
  }
  return { settings: parseStorageSettings(readLocalValues()), source: localFile };
}

function parseOption(connection: string): StorageSettings {
  try {
    return parseStorageSettings({ AzureWebJobsStorage: connection });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problem = error.issues.join('; ').replaceAll('AzureWebJobsStorage', '--storage');
    throw new StagedProblem(problem, { cause: error });
  }
}

const localSchema = z.object({ Values: z.record(z.string(), z.string()).default({}) });

function readLocalValues(): { readonly [name: string]: string } {
  try {
    return localSchema.parse(JSON.parse(readFileSync(localFile, 'utf8'))).Values;
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    const remedy = 'mend it, or name the storage with --storage';
    throw new StagedProblem(`cannot read ${localFile}: ${reason}; ${remedy}`, { cause: error });
  }
}

function nameUser(): string {
  try {
    return userInfo().username;
  } catch (error) {
    throw new StagedProblem('this terminal has no user name: say who decides with --by <name>', {
      cause: error,
    });
  }
}

/** What the reader can do something about is said plainly; anything else is a bug, and is shown with where it came from. */
function describeFailure(error: unknown): string {
  if (error instanceof StagedProblem) return error.message;
  if (error instanceof ConfigError) {
    return `${error.issues.join('\n')}\nor name the storage with --storage <connection string>`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
