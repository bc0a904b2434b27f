import { z } from 'zod';
import { ConfigError } from '../model/errors.ts';
import { checkLiteralTokens, checkStorage, checkTokenSource, isLoopback } from './cross-checks.ts';

const guid = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'must be a GUID')
  .toLowerCase();

const url = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    message: 'must be an http or https address',
  })
  .refine((text) => text.startsWith('https:') || isLoopback(text), {
    message: 'must be https, except on loopback: tokens are sent there',
  })
  .transform((text) => text.replace(/\/+$/, ''));

/** A number of seconds, in milliseconds from here on. */
function seconds(min: number, max: number, fallback: number): z.ZodType<number> {
  return z
    .string()
    .default(String(fallback))
    .refine((text) => Number(text) >= min && Number(text) <= max, {
      message: `must be a number of seconds from ${min} to ${max}`,
    })
    .transform((text) => Number(text) * 1_000);
}

/**
 * Every setting the app reads, by its name in the environment. The descriptions are the README's table.
 */
export const settingsShape = {
  SYNC_SCHEDULE: z
    .string()
    .regex(/^\S+( \S+){4,5}$/, 'must be an NCRONTAB expression of five or six fields')
    .default('0 * * * * *')
    .describe('When a sync cycle starts: NCRONTAB, UTC'),
  PROVISIONING_CONFIG: z
    .string()
    .optional()
    .describe('Path of `provisioning.json`; without it the defaults hold'),
  PROVISIONING_INITIAL_STATUS: z
    .enum(['off', 'planOnly', 'on'])
    .default('planOnly')
    .describe('State of a job that has never run: `off`, `planOnly` or `on`'),
  ENTRA_TENANT_ID: guid.describe('The tenant people come from'),
  ENTRA_APP_ID: guid.describe('Application id of the enterprise app whose assignments count'),
  GRAPH_BASE_URL: url.default('https://graph.microsoft.com').describe('Root of Microsoft Graph'),
  GRAPH_ACCESS_TOKEN: z
    .string()
    .optional()
    .describe(
      'A literal token, only for a Graph on loopback; in Azure the managed identity is used',
    ),
  DROPBOX_APP_KEY: z.string().min(1).describe('App key of your Dropbox app'),
  DROPBOX_APP_SECRET: z
    .string()
    .min(1)
    .describe('App secret of your Dropbox app; in Azure a Key Vault reference'),
  DROPBOX_API_URL: url.default('https://api.dropboxapi.com').describe('Root of the Dropbox API'),
  DROPBOX_AUTHORIZE_URL: url
    .default('https://www.dropbox.com/oauth2/authorize')
    .describe("Where Dropbox asks an admin's consent"),
  DROPBOX_TOKEN_URL: url
    .default('https://api.dropboxapi.com/oauth2/token')
    .describe('Where Dropbox gives out access tokens'),
  DROPBOX_REFRESH_TOKEN: z
    .string()
    .optional()
    .describe('A literal refresh token, only for a Dropbox on loopback'),
  KEY_VAULT_URL: url.optional().describe('The Key Vault that holds the Dropbox refresh token'),
  AzureWebJobsStorage: z
    .string()
    .optional()
    .describe('Storage connection string, locally; in Azure the settings below take its place'),
  AzureWebJobsStorage__accountName: z
    .string()
    .optional()
    .describe('Storage account used by managed identity'),
  AzureWebJobsStorage__queueServiceUri: url
    .optional()
    .describe('Its queue service, if not derived'),
  AzureWebJobsStorage__tableServiceUri: url
    .optional()
    .describe('Its table service, if not derived'),
  AzureWebJobsStorage__clientId: z
    .string()
    .optional()
    .describe('Client id of a user-assigned managed identity, for storage, Key Vault and Graph'),
  SLOT_CLAIM_SECONDS: seconds(3, 600, 180).describe(
    'For how long a worker has its slot before somebody looks at it again',
  ),
  LEASE_SECONDS: seconds(3, 600, 60).describe('For how long a cycle has its lease unrenewed'),
  OUTBOX_SLOTS: z
    .string()
    .default('2')
    .refine((text) => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 16, {
      message: 'must be a whole number from 1 to 16',
    })
    .transform(Number)
    .describe('How many workers press on Dropbox at once, whatever the number of instances'),
  CYCLE_BUDGET_SECONDS: seconds(1, 540, 300).describe(
    'After so long a cycle ends between two pages and goes on at the next tick',
  ),
} as const;

const settingsSchema = z.object(settingsShape);

export type Settings = z.infer<typeof settingsSchema>;

interface Environment {
  readonly [name: string]: string | undefined;
}

const storageSchema = settingsSchema.pick({
  AzureWebJobsStorage: true,
  AzureWebJobsStorage__accountName: true,
  AzureWebJobsStorage__queueServiceUri: true,
  AzureWebJobsStorage__tableServiceUri: true,
  AzureWebJobsStorage__clientId: true,
});

/** Where the app's storage is: what an operator's command line needs of the settings. */
export type StorageSettings = z.infer<typeof storageSchema>;

/** Flat variables to typed settings. An empty variable counts as absent. Throws ConfigError with every problem by name and remedy. */
export function parseSettings(environment: Environment): Settings {
  const given = pickGiven(environment, Object.keys(settingsShape));
  const parsed = settingsSchema.safeParse(given);
  const issues = [
    ...(parsed.success ? [] : parsed.error.issues.map(describeIssue)),
    ...checkStorage(given),
    ...checkTokenSource(given),
    ...checkLiteralTokens(given),
  ];
  if (!parsed.success || issues.length > 0) throw new ConfigError(issues);
  return parsed.data;
}

/** The same for the storage alone, whatever else is set or missing. */
export function parseStorageSettings(environment: Environment): StorageSettings {
  const given = pickGiven(environment, Object.keys(storageSchema.shape));
  const parsed = storageSchema.safeParse(given);
  const issues = [
    ...(parsed.success ? [] : parsed.error.issues.map(describeIssue)),
    ...checkStorage(given),
  ];
  if (!parsed.success || issues.length > 0) throw new ConfigError(issues);
  return parsed.data;
}

function pickGiven(environment: Environment, names: readonly string[]): Environment {
  const given = names.flatMap((name): [string, string][] => {
    const value = environment[name]?.trim();
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  return Object.fromEntries(given);
}

/** Names the setting and what would be right; never the value, which may be a secret. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const name = String(issue.path[0] ?? '');
  const isMissing = issue.code === 'invalid_type' && issue.input === undefined;
  return isMissing ? `${name} is missing: set it to ${describe(name)}` : `${name} ${issue.message}`;
}

function describe(name: string): string {
  const found = Object.entries(settingsShape).find(([key]) => key === name);
  return (found?.[1].description ?? 'a value').replace(/^[A-Z]/, (first) => first.toLowerCase());
}
