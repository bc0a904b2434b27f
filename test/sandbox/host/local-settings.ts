import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { z } from 'zod';

export interface LocalSettings {
  readonly values: { readonly [name: string]: string };
  /** `Host.LocalHttpPort`, where the file names one. */
  readonly port?: number;
}

const schema = z.object({
  IsEncrypted: z
    .literal(false, { error: 'must be false: encrypted settings are not read here' })
    .default(false),
  Values: z.record(z.string(), z.string()).default({}),
  Host: z.object({ LocalHttpPort: z.int().min(0).max(65_535).optional() }).default({}),
});

/** Reads `local.settings.json` as the Core Tools do; nothing where the file is missing. Throws one line that names what is wrong. */
export function readLocalSettings(appRoot: string): LocalSettings {
  const file = path.join(appRoot, 'local.settings.json');
  if (!existsSync(file)) return { values: {} };
  const parsed = schema.safeParse(readJson(file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`cannot read local.settings.json: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { Values: values, Host: host } = parsed.data;
  return { values, ...(host.LocalHttpPort === undefined ? {} : { port: host.LocalHttpPort }) };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot read local.settings.json: ${reason}`, { cause: error });
  }
}
