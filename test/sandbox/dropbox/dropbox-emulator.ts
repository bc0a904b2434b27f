import { createEmulator, type Emulator } from '../wire/emulator.ts';
import type { EmulatorClock } from '../wire/emulator-parts.ts';
import { createRandom } from '../wire/random.ts';
import { createSettings } from '../wire/settings.ts';
import { createDropboxRules } from './dropbox-rules.ts';
import { settingsSchema, type DropboxSettings } from './settings.ts';

/** The names of the special faults; the README says what each does. */
const specials = [
  'emptyPage',
  'lostPage',
  'emptyList',
  'endEarly',
  'sameCursor',
  'invalidCursor',
  'goAsync',
  'jobFailed',
  'jobFailedAfter',
  'internalError',
  'resetEvents',
  'tooManyWriteOperations',
  'routeAccessDenied',
  'unknownTag',
] as const;

/** A Dropbox team behind its API, for one process or one test: it has no time and no randomness but what it is given. */
export function createDropboxEmulator(options: {
  readonly clock: EmulatorClock;
  readonly seed: number;
  readonly settings?: Partial<DropboxSettings>;
}): Emulator<DropboxSettings> {
  const { clock, seed } = options;
  const random = createRandom(seed);
  const settings = createSettings(settingsSchema, options.settings);
  const rules = createDropboxRules({ clock, random, settings, seed });
  return createEmulator({ name: 'dropbox', clock, random, settings, rules, specials });
}
