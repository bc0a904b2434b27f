import { noBrake, type Operator } from '../../shared/model/job.ts';
import type { EntraReader, TeamReader, TeamWriter } from '../../shared/model/ports.ts';
import type { NewMember, TeamMember } from '../../shared/model/target.ts';
import type { ApplyDeps } from '../../shared/apply/deps.ts';
import type { CycleDeps, CycleSettings } from '../../shared/cycle/deps.ts';
import { defaultProvisioning } from './default-provisioning.ts';
import { createBrake } from '../../shared/outbox/brake.ts';
import { loadBrake, loadOperator, saveBrake, saveOperator } from '../../shared/rows/job.ts';
import { createMemoryDoorbell, type MemoryDoorbell } from '../memory/memory-doorbell.ts';
import {
  createMemoryEntra,
  type MemoryEntra,
  type MemoryGroup,
  type MemoryUser,
} from '../memory/memory-entra.ts';
import { createMemoryLog, type MemoryLog } from '../memory/memory-log.ts';
import { createMemoryTables, type MemoryTables } from '../memory/memory-tables.ts';
import {
  createMemoryTeam,
  type MemoryTeam,
  type MemoryTeamOptions,
  type TeamGroupWithMembers,
} from '../memory/memory-team.ts';
import { createSeededRandom } from '../memory/seeded-random.ts';
import { createVirtualClock, type VirtualClock } from '../memory/virtual-clock.ts';
import { crashable, type Crashable } from './crash.ts';
import { replaceable, type Replaceable } from './replaceable.ts';

export type Deps = CycleDeps & ApplyDeps;
type Team = TeamReader & TeamWriter;

/** An Entra tenant and a Dropbox team in memory, and the ports of an engine between them. Nothing runs by itself. */
export interface World {
  readonly deps: Deps;
  readonly entra: MemoryEntra;
  readonly team: MemoryTeam;
  readonly tables: MemoryTables;
  readonly clock: VirtualClock;
  readonly doorbell: MemoryDoorbell;
  readonly log: MemoryLog;
  /** Lets the engine's process die at one of its writes. */
  readonly crash: Crashable;
  /** Answers of Dropbox other than those of the team. */
  readonly dropbox: Replaceable<Team>;
  /** Answers of Graph other than those of the tenant. */
  readonly graph: Replaceable<EntraReader>;
  /** What the operator wishes from now on. */
  setOperator(operator: Operator): Promise<void>;
  liftBrake(): Promise<void>;
}

export interface WorldBuilder {
  /** A person in Entra, assigned to the app unless said otherwise. The name is the id. */
  user(name: string, about?: Partial<MemoryUser> & { readonly unassigned?: true }): WorldBuilder;
  /** A group in Entra with these people in it, assigned unless said otherwise. The name is the id. */
  group(
    name: string,
    people: readonly string[],
    about?: { readonly displayName?: string; readonly unassigned?: true },
  ): WorldBuilder;
  /** Somebody who is on the Dropbox team before anything happens; the member id is `dbmid:<name>`. */
  member(name: string, about?: Partial<TeamMember>): WorldBuilder;
  /** A group that Dropbox has before anything happens; its id is `g:<name>`. */
  teamGroup(name: string, about?: Partial<TeamGroupWithMembers>): WorldBuilder;
  build(options?: WorldOptions): World;
}

export interface WorldOptions extends Partial<
  Omit<CycleSettings, 'storageCalls' | 'leaving' | 'guards'>
> {
  readonly leaving?: Partial<CycleSettings['leaving']>;
  readonly guards?: Partial<CycleSettings['guards']>;
  readonly status?: Operator['status'];
  readonly slots?: number;
  readonly claimMs?: number;
  readonly adoptGroupsByName?: boolean;
  readonly pageSize?: number;
  readonly teamId?: string;
  /** How long Dropbox takes for an invitation that becomes a job; undefined where it answers at once. */
  readonly jobMs?: () => number | undefined;
  /** Why Dropbox refuses to invite somebody. */
  readonly refuse?: (member: NewMember) => string | undefined;
  /** How else the team in memory differs from its defaults. */
  readonly team?: Partial<Omit<MemoryTeamOptions, 'members' | 'groups' | 'now'>>;
  /** Storage and time of an engine that ran before this one. */
  readonly after?: Pick<World, 'tables' | 'clock'>;
}

const defaults = defaultProvisioning();

/** The address of a person whom the test gives none. */
export function addressOf(name: string): string {
  return `${name}@contoso.com`;
}

function settingsOf(options: WorldOptions): Pick<Deps, 'outbox' | 'apply' | 'cycle'> {
  return {
    outbox: { slots: options.slots ?? 2, claimMs: options.claimMs ?? 180_000 },
    apply: { adoptGroupsByName: options.adoptGroupsByName ?? false },
    cycle: {
      tenantId: options.tenantId ?? 'tenant-one',
      fingerprint: options.fingerprint ?? 'fingerprint-one',
      leaving: { ...defaults.leaving, ...options.leaving },
      guards: { ...defaults.guards, ...options.guards },
      driftEveryMs: options.driftEveryMs ?? 24 * 3_600_000,
      leaseMs: options.leaseMs ?? 60_000,
      budgetMs: options.budgetMs ?? 300_000,
      storageCalls: () => 0,
    },
  };
}

/** Starts the description of a tenant and a team: `world().user('ada').group('design', ['ada']).build()`. */
export function world(): WorldBuilder {
  const users: MemoryUser[] = [];
  const groups: MemoryGroup[] = [];
  const assigned: string[] = [];
  const members: TeamMember[] = [];
  const teamGroups: TeamGroupWithMembers[] = [];
  const builder: WorldBuilder = {
    user(name, { unassigned, ...about } = {}) {
      const names = { mail: addressOf(name), givenName: name, surname: 'Example' };
      users.push({ id: name, ...names, accountEnabled: true, state: 'present', ...about });
      if (unassigned === undefined) assigned.push(name);
      return builder;
    },
    group(name, people, about = {}) {
      const displayName = about.displayName ?? name;
      groups.push({ id: name, displayName, memberIds: new Set(people), isDeleted: false });
      if (about.unassigned === undefined) assigned.push(name);
      return builder;
    },
    member(name, about = {}) {
      const names = { email: addressOf(name), givenName: name, surname: 'Example' };
      members.push({ memberId: `dbmid:${name}`, ...names, status: 'active', ...about });
      return builder;
    },
    teamGroup(name, about = {}) {
      const plain = { name, management: 'company', memberIds: new Set<string>() } as const;
      teamGroups.push({ groupId: `g:${name}`, ...plain, ...about });
      return builder;
    },
    build(options = {}) {
      const clock = options.after?.clock ?? createVirtualClock({ skipSleeps: true });
      const { pageSize = 2, teamId, jobMs, refuse } = options;
      const team = createMemoryTeam({
        members,
        groups: teamGroups,
        now: () => clock.now(),
        ...(teamId === undefined ? {} : { teamId }),
        ...(jobMs === undefined ? {} : { jobMs }),
        ...(refuse === undefined ? {} : { refuse }),
        ...options.team,
      });
      const entra = createMemoryEntra({ users, groups, assigned, pageSize });
      return assemble(entra, team, clock, options);
    },
  };
  return builder;
}

function assemble(
  entra: MemoryEntra,
  team: MemoryTeam,
  clock: VirtualClock,
  options: WorldOptions,
): World {
  const tables = options.after?.tables ?? createMemoryTables();
  const random = createSeededRandom(clock.now() % 1_000_003);
  const doorbell = createMemoryDoorbell(clock);
  const log = createMemoryLog();
  const crash = crashable({ tables, doorbell });
  const dropbox = replaceable<Team>(team);
  const graph = replaceable<EntraReader>(entra);
  const initialStatus = options.status ?? 'on';
  const deps: Deps = {
    tables: crash.tables,
    doorbell: crash.doorbell,
    clock,
    random,
    log,
    team: dropbox.port,
    entra: graph.port,
    brake: createBrake({ tables: crash.tables, clock, random, log, initialStatus }),
    ...settingsOf(options),
  };
  return {
    deps,
    entra,
    team,
    tables,
    clock,
    doorbell,
    log,
    crash,
    dropbox,
    graph,
    async setOperator(value) {
      const found = await loadOperator(tables);
      await saveOperator(tables, { value, etag: found?.etag });
    },
    async liftBrake() {
      const found = await loadBrake(tables);
      await saveBrake(tables, { value: noBrake, etag: found.etag });
    },
  };
}
