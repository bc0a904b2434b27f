import type { SettableClock } from './clock.ts';
import type { SeededRandom } from './random.ts';
import type { Rules } from './rules.ts';
import type { SettingsStore, WireSettings } from './settings.ts';

export interface EmulatorParts<S extends WireSettings> {
  readonly name: string;
  readonly clock: EmulatorClock;
  readonly random: SeededRandom;
  readonly settings: SettingsStore<S>;
  readonly rules: Rules;
  /** The names of special faults that the rules understand; any other is refused. */
  readonly specials: readonly string[];
}

/** Time as an emulator needs it; it never sleeps. Only a settable clock can be moved by `/_control/clock`. */
export type EmulatorClock = Pick<SettableClock, 'now'> &
  Partial<Pick<SettableClock, 'readOffsetMs' | 'setOffsetMs'>>;
