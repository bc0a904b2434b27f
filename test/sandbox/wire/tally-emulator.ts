import { z } from 'zod';

import { createManualClock } from './clock.ts';
import { createEmulator, type Emulator } from './emulator.ts';
import { buildJsonResponse } from './json-response.ts';
import { createRandom } from './random.ts';
import type { RuleAnswer } from './rules.ts';
import { createSettings, wireSettingsShape, type WireSettings } from './settings.ts';

interface TallySettings extends WireSettings {
  readonly step: number;
}

const settingsSchema = z.strictObject({ ...wireSettingsShape, step: z.number().default(1) });

/** The smallest emulator there can be, for the tests of the frame: it counts, and its batch counts as often as its body says. */
export function createTallyEmulator(): {
  readonly emulator: Emulator<TallySettings>;
  readonly readTally: () => number;
} {
  let tally = 0;
  const settings = createSettings<TallySettings>(settingsSchema);
  const emulator = createEmulator<TallySettings>({
    name: 'tally',
    clock: createManualClock(),
    random: createRandom(7),
    settings,
    specials: ['hideTally'],
    rules: {
      route: ({ url }) => (['/tally', '/batch'].includes(url) ? url : undefined),
      respond: (request, context): RuleAnswer => {
        if (request.url === '/batch') {
          for (let part = 0; part < Number(request.body); part += 1) {
            context.handlePart({ ...request, url: '/tally' });
          }
          return { response: buildJsonResponse(200, {}), wrote: false };
        }
        if (request.method === 'POST') tally += settings.read().step;
        const shown = context.specials.has('hideTally') ? null : tally;
        return {
          response: buildJsonResponse(200, { tally: shown }),
          wrote: request.method === 'POST',
        };
      },
      failure: (status) => ({
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ failed: status }),
      }),
      control: () => undefined,
      saveState: () => tally,
      loadState: (saved) => {
        tally = z.number().parse(saved);
      },
    },
  });
  return { emulator, readTally: () => tally };
}
