import { readFileSync } from 'node:fs';
import path from 'node:path';

import { z } from 'zod';

import { parseTimeSpan } from './parse-time-span.ts';

/** What of host.json this host obeys. Durations in milliseconds. */
export interface HostConfig {
  readonly queues: {
    readonly batchSize: number;
    readonly newBatchThreshold: number;
    readonly maxDequeueCount: number;
    readonly visibilityTimeoutMs: number;
    readonly maxPollingIntervalMs: number;
    readonly messageEncoding: 'base64' | 'none';
  };
  readonly routePrefix: string;
  /** Absent where a function may run for ever (`-1`). */
  readonly functionTimeoutMs?: number;
  /** Level by category prefix, as in host.json; `default` is the rest. */
  readonly logLevel: { readonly [category: string]: string };
}

export type Settings = { readonly [name: string]: string | undefined };

export type HostConfigResult =
  | { readonly kind: 'config'; readonly config: HostConfig }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

const week = 7 * 24 * 3_600_000;

const timeSpan = (min: number, max: number, rule: string) =>
  z.string().transform((text, context): number => {
    const value = parseTimeSpan(text);
    if (value !== undefined && value >= min && value <= max) return value;
    context.addIssue({ code: 'custom', message: `"${text}" must be ${rule} (hh:mm:ss)` });
    return z.NEVER;
  });

/** A whole number, or the text of one, as an overriding setting carries it. */
const whole = (min: number, max: number) =>
  z
    .union([
      z.number(),
      z
        .string()
        .regex(/^-?\d+$/)
        .transform(Number),
    ])
    .pipe(z.int().min(min).max(max));

const lowered = (value: unknown): unknown =>
  typeof value === 'string' ? value.toLowerCase() : value;

const logLevels = [
  'trace',
  'debug',
  'information',
  'warning',
  'error',
  'critical',
  'none',
] as const;

const schema = z.object({
  version: z.literal('2.0', { error: 'must be "2.0"' }),
  functionTimeout: z
    .union([
      z.literal('-1').transform(() => Number.POSITIVE_INFINITY),
      timeSpan(1000, Number.MAX_SAFE_INTEGER, 'a time span of at least a second, or "-1"'),
    ])
    .default(30 * 60_000),
  logging: z
    .object({
      logLevel: z.record(z.string(), z.preprocess(lowered, z.enum(logLevels))).default({}),
    })
    .prefault({}),
  extensions: z
    .object({
      http: z.object({ routePrefix: z.string().default('api') }).prefault({}),
      queues: z
        .object({
          batchSize: whole(1, 32).default(16),
          newBatchThreshold: whole(0, Number.MAX_SAFE_INTEGER).optional(),
          maxDequeueCount: whole(1, Number.MAX_SAFE_INTEGER).default(5),
          visibilityTimeout: timeSpan(0, week, 'a time span of at most seven days').default(0),
          maxPollingInterval: timeSpan(100, week, 'a time span of at least 100 ms').default(60_000),
          messageEncoding: z.preprocess(lowered, z.enum(['base64', 'none'])).default('base64'),
        })
        .prefault({}),
    })
    .prefault({}),
});

/**
 * Reads `host.json` and what settings of the form `AzureFunctionsJobHost__extensions__queues__batchSize` put in its place. Unknown keys are
 * ignored, as the real host does; wrong values come back as problems, each with its path, and then no function may run.
 */
export function readHostConfig(appRoot: string, settings: Settings): HostConfigResult {
  const raw = readFile(path.join(appRoot, 'host.json'));
  if (raw.kind === 'problems') return raw;
  const parsed = schema.safeParse(override(raw.value, settings));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `host.json: ${issue.path.join('.')}: ${issue.message}`,
    );
    return { kind: 'problems', problems };
  }
  const { extensions, functionTimeout, logging } = parsed.data;
  const { queues, http } = extensions;
  return {
    kind: 'config',
    config: {
      queues: {
        batchSize: queues.batchSize,
        newBatchThreshold: queues.newBatchThreshold ?? Math.floor(queues.batchSize / 2),
        maxDequeueCount: queues.maxDequeueCount,
        visibilityTimeoutMs: queues.visibilityTimeout,
        maxPollingIntervalMs: queues.maxPollingInterval,
        messageEncoding: queues.messageEncoding,
      },
      routePrefix: http.routePrefix.replace(/^\/+|\/+$/g, ''),
      ...(Number.isFinite(functionTimeout) ? { functionTimeoutMs: functionTimeout } : {}),
      logLevel: logging.logLevel,
    },
  };
}

type Tree = { [name: string]: unknown };

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readFile(
  file: string,
): { kind: 'value'; value: Tree } | { kind: 'problems'; problems: readonly string[] } {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isTree(value)) return { kind: 'value', value };
    return { kind: 'problems', problems: ['host.json: it must be an object'] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'problems', problems: [`host.json: cannot be read: ${reason}`] };
  }
}

/** Names are compared without regard to case, as .NET configuration does; `:` and `__` both separate. */
function override(root: Tree, settings: Settings): Tree {
  const result = structuredClone(root);
  for (const [name, value] of Object.entries(settings)) {
    const [first = '', ...steps] = name.split(/__|:/);
    const last = steps.pop();
    if (first.toLowerCase() !== 'azurefunctionsjobhost' || last === undefined) continue;
    let at = result;
    for (const step of steps) at = enter(at, step);
    at[findKey(at, last)] = value;
  }
  return result;
}

function enter(tree: Tree, step: string): Tree {
  const key = findKey(tree, step);
  const inner = tree[key];
  if (isTree(inner)) return inner;
  const created: Tree = {};
  tree[key] = created;
  return created;
}

function findKey(tree: Tree, name: string): string {
  return Object.keys(tree).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}
