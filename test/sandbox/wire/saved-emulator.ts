import { z } from 'zod';

import type { EmulatorParts } from './emulator-parts.ts';
import type { RequestLog } from './request-log.ts';
import type { WireSettings } from './settings.ts';

type Savable<S extends WireSettings> = EmulatorParts<S> & { readonly log: RequestLog };

const savedSchema = z.object({
  format: z.literal(1),
  name: z.string(),
  settings: z.record(z.string(), z.unknown()),
  random: z.number(),
  sequence: z.number(),
  clockOffsetMs: z.number(),
  state: z.unknown(),
});

/** All that a second process needs to go on; faults and the log are not among it. JSON. */
export function saveEmulator<S extends WireSettings>(emulator: Savable<S>): unknown {
  return {
    format: 1,
    name: emulator.name,
    settings: { ...emulator.settings.read() },
    random: emulator.random.readState(),
    sequence: emulator.log.readSequence(),
    clockOffsetMs: emulator.clock.readOffsetMs?.() ?? 0,
    state: emulator.rules.saveState(),
  };
}

/** Goes on from what `saveEmulator` gave. Throws where that is damaged or another emulator's. */
export function loadEmulator<S extends WireSettings>(emulator: Savable<S>, saved: unknown): void {
  const parsed = savedSchema.parse(saved);
  if (parsed.name !== emulator.name) {
    throw new Error(`cannot load the state: it is of ${parsed.name}, not of ${emulator.name}`);
  }
  emulator.rules.loadState(parsed.state);
  emulator.settings.change(parsed.settings);
  emulator.random.restoreState(parsed.random);
  emulator.log.restoreSequence(parsed.sequence);
  emulator.clock.setOffsetMs?.(parsed.clockOffsetMs);
}
