import { z } from 'zod';

/** What every emulator lets one set. */
export interface WireSettings {
  /** Each request takes at least so long. */
  readonly latencyMs: number;
}

/** To be spread into the strict object of a concrete emulator's settings. */
export const wireSettingsShape = {
  latencyMs: z.number().min(0).default(0),
} as const;

export interface SettingsStore<S extends WireSettings> {
  read(): S;
  /** Merges; throws a ZodError that names what is unknown or wrong, and then nothing has changed. */
  change(changes: { readonly [name: string]: unknown }): void;
}

/** The settings of one emulator: the schema's defaults, `initial` over them. */
export function createSettings<S extends WireSettings>(
  schema: z.ZodType<S>,
  initial: Partial<S> = {},
): SettingsStore<S> {
  let current = schema.parse(initial);
  return {
    read: () => current,
    change: (changes) => {
      current = schema.parse({ ...current, ...changes });
    },
  };
}
