import { sortWords, type OptionKinds, type Words } from './sort-words.ts';
import { StagedProblem } from './staged-problem.ts';

/** Ten years. */
const longestHoldDays = 3_650;

/** Which items of a batch a decision is about. */
export type Choice =
  | { readonly kind: 'whole' }
  | { readonly kind: 'only' | 'except'; readonly ids: readonly string[] };

export type StagedCommand =
  | { readonly name: 'list'; readonly all: boolean }
  | { readonly name: 'show'; readonly batch: string; readonly lines: boolean }
  | { readonly name: 'approve' | 'reject'; readonly hash: string; readonly choice: Choice }
  /** Without `days`, until it is reopened. */
  | { readonly name: 'hold'; readonly id: string; readonly days: number | undefined }
  | { readonly name: 'reopen'; readonly id: string }
  | { readonly name: 'reconcile' };

export type ParsedStaged =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'command';
      readonly command: StagedCommand;
      readonly by: string | undefined;
      readonly storage: string | undefined;
    };

export const stagedUsage = `npm run staged -- <command>: what waits for a person to decide

  list [--all]               lists the open batches; with --all also the closed ones
  show <batch>               every item of a batch, and its hash; --lines: only the lines under the hash
  approve <hash>             lets a batch be carried out; the hash is the one that show prints, or its first 8 characters
  reject <hash>              lets the people of a batch keep their access
      --only <id> …          only these items; the others go on waiting
      --except <id> …        all items but these; these go on waiting
  hold <id> [--days N]       nothing is released for this identity, for N days or until it is reopened
  reopen <id>                ends a hold and forgets a rejection
  reconcile                  the next cycle compares the team with what was last applied

  --by <name>                who decides; without it, the user of this terminal
  --storage <connection>     connection string of the storage; without it the settings AzureWebJobsStorage… of the
                             environment hold, and below them those of local.settings.json. Without a key (a setting
                             AzureWebJobsStorage__accountName) you are whom the Azure CLI has signed in
`;

const helpHint = 'npm run staged -- --help lists the commands';

const optionKinds: OptionKinds = {
  all: 'flag',
  lines: 'flag',
  help: 'flag',
  only: 'list',
  except: 'list',
  days: 'value',
  by: 'value',
  storage: 'value',
};

const optionsOf: { readonly [command in StagedCommand['name']]: readonly string[] } = {
  list: ['all'],
  show: ['lines'],
  approve: ['only', 'except'],
  reject: ['only', 'except'],
  hold: ['days'],
  reopen: [],
  reconcile: [],
};

/** What each command wants beside its options. */
const subjectOf: { readonly [command in StagedCommand['name']]: string | undefined } = {
  list: undefined,
  show: 'the id of a batch, as list shows it',
  approve: 'the hash that show prints, or its first 8 characters',
  reject: 'the hash that show prints, or its first 8 characters',
  hold: 'an id, as show prints it: u:<user>, g:<group> or e:<group>:<user>',
  reopen: 'an id, as show prints it: u:<user>, g:<group> or e:<group>:<user>',
  reconcile: undefined,
};

/** Reads the words of a command line. Throws StagedProblem: what is wrong, with what would be right. */
export function parseStagedCommand(words: readonly string[]): ParsedStaged {
  const { plain, options } = sortWords(words, optionKinds, helpHint);
  if (options.has('help') || plain[0] === 'help') return { kind: 'help' };
  const [name, subject, ...more] = plain;
  if (name === undefined) throw new StagedProblem(`a command is missing; ${helpHint}`);
  if (!isCommandName(name)) throw new StagedProblem(`there is no command ${name}; ${helpHint}`);
  checkOptions(name, options);
  checkSubject(name, subject, more);
  return {
    kind: 'command',
    command: buildCommand(name, subject?.toLowerCase() ?? '', options),
    by: options.get('by')?.at(-1),
    storage: options.get('storage')?.at(-1),
  };
}

function isCommandName(name: string): name is StagedCommand['name'] {
  return Object.hasOwn(optionsOf, name);
}

function checkOptions(name: StagedCommand['name'], options: Words['options']): void {
  const known = [...optionsOf[name], 'by', 'storage'];
  const foreign = [...options.keys()].find((option) => !known.includes(option));
  if (foreign === undefined) return;
  throw new StagedProblem(`${name} has no option --${foreign}; ${helpHint}`);
}

function checkSubject(
  name: StagedCommand['name'],
  subject: string | undefined,
  more: readonly string[],
): void {
  const wants = subjectOf[name];
  if (wants !== undefined && subject === undefined) {
    throw new StagedProblem(`${name} wants ${wants}`);
  }
  const extra = wants === undefined ? subject : more[0];
  if (extra === undefined) return;
  throw new StagedProblem(`${name} does not know what to do with ${extra}; ${helpHint}`);
}

function buildCommand(
  name: StagedCommand['name'],
  subject: string,
  options: Words['options'],
): StagedCommand {
  switch (name) {
    case 'list':
      return { name, all: options.has('all') };
    case 'show':
      return { name, batch: subject, lines: options.has('lines') };
    case 'approve':
    case 'reject':
      return { name, hash: subject, choice: readChoice(options) };
    case 'hold':
      return { name, id: subject, days: readDays(options.get('days')?.at(-1)) };
    case 'reopen':
      return { name, id: subject };
    case 'reconcile':
      return { name };
  }
}

function readChoice(options: Words['options']): Choice {
  const only = options.get('only');
  const except = options.get('except');
  if (only !== undefined && except !== undefined) {
    const remedy = 'name the items that are meant, or those that are not';
    throw new StagedProblem(`--only and --except exclude each other: ${remedy}`);
  }
  const ids = (only ?? except)?.map((id) => id.toLowerCase());
  if (ids === undefined) return { kind: 'whole' };
  return { kind: only === undefined ? 'except' : 'only', ids: [...new Set(ids)] };
}

function readDays(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const days = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && days > 0 && days <= longestHoldDays) return days;
  const remedy = `give a number up to ${longestHoldDays}, or leave it out to hold until it is reopened`;
  throw new StagedProblem(`--days ${text} is no number of days: ${remedy}`);
}
