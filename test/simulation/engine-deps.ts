import type { ApplyDeps } from '../../shared/apply/deps.ts';
import type { CycleDeps } from '../../shared/cycle/deps.ts';
import type { Log, Random } from '../../shared/model/ports.ts';
import { createBrake } from '../../shared/outbox/brake.ts';
import type { Character } from './character.ts';
import type { Ports } from './ports.ts';

/** How many slots the engine of a walk has. */
export const slotCount = 2;

export type EngineDeps = ApplyDeps & CycleDeps;

/** What one instance of the app is made of; its brake is its own. Claim and lease are as long as in production. */
export function createEngineDeps(
  ports: Ports,
  about: {
    readonly random: Random;
    readonly log: Log;
    readonly character: Character;
    /** Another one is another configuration: everything is read again, and all links are kept. */
    readonly fingerprint: string;
    readonly driftEveryMs: () => number;
  },
): EngineDeps {
  const { tables, doorbell, clock, entra, team } = ports;
  const { random, log, character, fingerprint } = about;
  const { leaving, guards } = character;
  return {
    tables,
    doorbell,
    clock,
    random,
    log,
    entra,
    team,
    brake: createBrake({ tables, clock, random, log, initialStatus: 'on' }),
    outbox: { slots: slotCount, claimMs: 180_000 },
    apply: { adoptGroupsByName: character.adoptGroupsByName },
    cycle: {
      tenantId: 'tenant',
      fingerprint,
      leaving,
      guards,
      get driftEveryMs() {
        return about.driftEveryMs();
      },
      leaseMs: 60_000,
      budgetMs: 60_000,
      storageCalls: () => 0,
    },
  };
}
