import { z } from 'zod';

import type { EmulatorClock } from '../wire/emulator-parts.ts';
import { createEmulator, type Emulator } from '../wire/emulator.ts';
import { createRandom } from '../wire/random.ts';
import { createSettings } from '../wire/settings.ts';
import { createDirectory, type DirectoryControl } from './directory.ts';
import { answerEntraControl } from './entra-control.ts';
import { entraSettingsSchema, type EntraSettings } from './entra-settings.ts';
import type { Graph } from './graph-call.ts';
import { createGraphRules } from './graph-rules.ts';
import {
  createLinkTokens,
  tokenStateSchema,
  type LinkTokens,
  type TokenState,
} from './link-tokens.ts';
import { restoreTenant, saveTenant } from './saved-tenant.ts';
import { createTenant } from './tenant.ts';
import { createThrottle } from './throttle.ts';
import { createUnitReader } from './unit-cache.ts';
import { createVisibility } from './visibility.ts';

export interface EntraEmulator extends Emulator<EntraSettings> {
  /** The truth about the tenant: load it, change it, read it. */
  readonly directory: DirectoryControl;
  /** Lets all links of one kind handed out so far expire. */
  readonly expireLinks: LinkTokens['expire'];
}

interface EntraOptions {
  readonly clock: EmulatorClock;
  readonly seed: number;
  readonly settings?: Partial<EntraSettings>;
}

/** The names of the special faults; README.md says what each does. */
export const entraSpecials = [
  'emptyPage',
  'lostPage',
  'lostRest',
  'repeatPage',
  'selfLink',
  'expiredPage',
  'dropItems',
  'blankUsers',
  'staleReplica',
] as const;

const savedSchema = z.object({ tenant: z.unknown(), tokens: tokenStateSchema });

/** Microsoft Graph as far as the app uses it, over one tenant. The same seed, clock and requests give the same answers. */
export function createEntraEmulator({
  clock,
  seed,
  settings: initial,
}: EntraOptions): EntraEmulator {
  const random = createRandom(seed);
  const settings = createSettings<EntraSettings>(entraSettingsSchema, initial);
  const tenant = createTenant();
  const readSettings = (): EntraSettings => settings.read();
  const tokenState: TokenState = {
    secret: `${random.token()}-${random.token()}`,
    issued: 0,
    expiredDelta: 0,
    expiredPages: 0,
  };
  const tokens = createLinkTokens({
    state: tokenState,
    clock,
    readEpoch: () => tenant.epoch,
    readLifetimes: () => ({
      deltaMs: readSettings().deltaLinkLifetimeMs,
      pageMs: readSettings().nextLinkLifetimeMs,
    }),
  });
  const directory = createDirectory({ tenant, clock, random });
  const graph: Graph = {
    tenant,
    clock,
    random,
    tokens,
    visibility: createVisibility({ tenant, clock, random, readSettings }),
    readUnits: createUnitReader(tenant, readSettings),
  };
  const throttle = createThrottle({
    clock,
    readSettings,
    readUserCount: () => tenant.users.size,
    readTenantId: () => tenant.tenantId,
  });
  const emulator = createEmulator<EntraSettings>({
    name: 'entra',
    clock,
    random,
    settings,
    specials: entraSpecials,
    rules: {
      ...createGraphRules({ graph, throttle, settings }),
      control: (request) => answerEntraControl(directory, tokens, request),
      saveState: () => ({ tenant: saveTenant(tenant), tokens: tokenState }),
      loadState: (saved) => {
        const parsed = savedSchema.parse(saved);
        restoreTenant(tenant, parsed.tenant);
        Object.assign(tokenState, parsed.tokens);
      },
    },
  });
  return { ...emulator, directory, expireLinks: (kind) => tokens.expire(kind) };
}
