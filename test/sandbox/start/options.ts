import { parseArgs } from 'node:util';
import { z } from 'zod';

/** What `npm start` was asked for. */
export interface StartOptions {
  /** End by itself when converged. */
  readonly once: boolean;
  readonly users: number;
  readonly groups: number;
  readonly seed: number;
  readonly latencyMs: number;
  /** Where tables, tenant and team are kept; without one they are forgotten at the end. */
  readonly stateDirectory?: string;
  readonly reportPath?: string;
  readonly timeoutSeconds: number;
  /** NCRONTAB with seconds, as `SYNC_SCHEDULE` takes it. */
  readonly schedule: string;
  /** Names of the options that were given, so that a kept state can refuse another world. */
  readonly given: ReadonlySet<string>;
}

export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: StartOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problems: readonly string[] };

export const usage = `npm start -- [options]

Provisions a made-up Entra tenant into a made-up Dropbox team, on this machine only, and stays up until Ctrl-C.

  --once              end by itself when there is nothing left to do; exit 0, or 1 with the reasons
  --users N           people in the tenant, nearly all in scope (1000)
  --groups N          assigned groups (40)
  --seed N            the same seed makes the same people (7)
  --latency MS        how long each answer of Entra and Dropbox takes (0)
  --state DIR         keep tables, tenant and team there; a second run goes on where the first ended
  --report FILE       write what happened as JSON
  --timeout SECONDS   how long it may take until nothing is left to do (600)
  --schedule CRON     when cycles run, with seconds ("*/2 * * * * *")
  --help              this text
`;

const wholeNumber = (max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value <= max, `must be at most ${max}`);

const field = String.raw`[\d*,/\-]+`;

const optionsSchema = z.strictObject({
  users: wholeNumber(200_000).default(1000),
  groups: wholeNumber(2000).default(40),
  seed: wholeNumber(Number.MAX_SAFE_INTEGER).default(7),
  latency: wholeNumber(60_000).default(0),
  state: z.string().min(1, 'must name a directory').optional(),
  report: z.string().min(1, 'must name a file').optional(),
  timeout: wholeNumber(86_400)
    .refine((seconds) => seconds > 0, 'must be more than 0')
    .default(600),
  schedule: z
    .string()
    .regex(
      new RegExp(`^${field}( ${field}){5}$`),
      'must have six fields, seconds first, as in "*/2 * * * * *"',
    )
    .default('*/2 * * * * *'),
  once: z.boolean().default(false),
  help: z.boolean().default(false),
});

const flags = new Set(['once', 'help']);

/** Reads the command line. Every problem is named, each with its option. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  const { values, problems } = readArguments(args);
  const parsed = optionsSchema.safeParse(values);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(
      ({ path, message }) => `--${path.join('.')}: ${message}`,
    );
    return { kind: 'wrong', problems: [...problems, ...issues] };
  }
  if (parsed.data.help) return { kind: 'help' };
  if (problems.length > 0) return { kind: 'wrong', problems };
  const { latency, state, report, timeout, help: _help, ...rest } = parsed.data;
  return {
    kind: 'run',
    options: {
      ...rest,
      latencyMs: latency,
      timeoutSeconds: timeout,
      given: new Set(Object.keys(values)),
      ...(state === undefined ? {} : { stateDirectory: state }),
      ...(report === undefined ? {} : { reportPath: report }),
    },
  };
}

interface Arguments {
  readonly values: { readonly [option: string]: string | boolean };
  readonly problems: readonly string[];
}

function readArguments(args: readonly string[]): Arguments {
  // Not strict, so that all problems are told at once and in our own words.
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: textOptions,
  });
  const values: Record<string, string | boolean> = {};
  const problems: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') problems.push(`${token.value}: options begin with --`);
    if (token.kind !== 'option') continue;
    if (!(token.name in textOptions)) problems.push(`${token.rawName}: there is no such option`);
    else if (flags.has(token.name)) values[token.name] = true;
    else if (token.value === undefined || isOption(token.value)) {
      problems.push(`--${token.name}: a value is missing`);
    } else values[token.name] = token.value;
  }
  return { values, problems };
}

const textOptions = {
  once: { type: 'boolean' },
  help: { type: 'boolean' },
  users: { type: 'string' },
  groups: { type: 'string' },
  seed: { type: 'string' },
  latency: { type: 'string' },
  state: { type: 'string' },
  report: { type: 'string' },
  timeout: { type: 'string' },
  schedule: { type: 'string' },
} as const;

/** `--state --once` is a forgotten value, not a directory of that name. */
function isOption(value: string): boolean {
  return value.startsWith('--');
}
