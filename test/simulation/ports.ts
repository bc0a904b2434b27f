import type {
  Clock,
  Doorbell,
  EntraReader,
  TableStore,
  TeamReader,
  TeamWriter,
} from '../../shared/model/ports.ts';
import type { CallRequest, Scheduler, Service } from './scheduler.ts';

export interface Ports {
  readonly tables: TableStore;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly entra: EntraReader;
  readonly team: TeamReader & TeamWriter;
}

export interface PortsOptions {
  readonly scheduler: Scheduler;
  readonly real: {
    readonly tables: TableStore;
    readonly doorbell: Doorbell;
    readonly entra: EntraReader;
    readonly team: TeamReader & TeamWriter;
  };
  readonly now: () => number;
  /** Told of each look at a row of the job: when it is read, and when the process knows. */
  readonly onJobRead: (rowKey: string) => { read(): void; seen(): void };
  /** Told of every call to Dropbox when the process makes it. */
  readonly onTeamCall: (name: string) => void;
  /** Told after each write to Dropbox that has taken effect. */
  readonly onTeamEffect: (name: string) => void;
}

/** A request that was sent takes effect within so long, or never: a call ends within the margin of the claim. */
const dropboxEffectMs = 50_000;
const storageEffectMs = 20_000;

/** The ports of the engine, each call a point where the walk decides what happens. */
export function createPorts({ scheduler, real, now, ...watch }: PortsOptions): Ports {
  const { tables, doorbell, entra, team } = real;

  function on<T>(
    service: Service,
    name: string,
    effect: () => Promise<T>,
    isWrite = false,
  ): Promise<T> {
    const effectMs = service === 'dropbox' ? dropboxEffectMs : storageEffectMs;
    const request: CallRequest<T> = {
      service,
      name,
      isWrite,
      effect,
      ...(isWrite ? { effectBy: now() + effectMs } : {}),
    };
    return scheduler.call(request);
  }

  const entraCall = <T>(name: string, effect: () => Promise<T>): Promise<T> =>
    on('entra', `entra.${name}`, effect);

  const ask = <T>(name: string, effect: () => Promise<T>): Promise<T> => {
    watch.onTeamCall(name);
    return on('dropbox', `dropbox.${name}`, effect);
  };

  const change = <T>(name: string, effect: () => Promise<T>): Promise<T> => {
    watch.onTeamCall(name);
    const watched = async (): Promise<T> => {
      const answer = await effect();
      watch.onTeamEffect(name);
      return answer;
    };
    return on('dropbox', `dropbox.${name}`, watched, true);
  };

  return {
    tables: {
      async get(table, partition, row) {
        if (table !== 'Job') {
          return on('storage', `${table}.get`, () => tables.get(table, partition, row));
        }
        const look = watch.onJobRead(row);
        const found = await on('storage', `Job.get ${row}`, () => {
          look.read();
          return tables.get(table, partition, row);
        });
        look.seen();
        return found;
      },
      page: (table, partition, request) =>
        on('storage', `${table}.page`, () => tables.page(table, partition, request)),
      write: (table, partition, actions) =>
        on('storage', `${table}.write`, () => tables.write(table, partition, actions), true),
    },
    doorbell: {
      ring: (message, delayMs) =>
        on('bell', 'doorbell.ring', () => doorbell.ring(message, delayMs), true),
    },
    clock: {
      now,
      sleep: (ms) =>
        scheduler.call({
          service: 'clock',
          name: 'clock.sleep',
          isWrite: false,
          notBefore: now() + ms,
          effect: () => Promise.resolve(),
        }),
    },
    entra: {
      readApp: () => entraCall('readApp', () => entra.readApp()),
      readAssignments: (link) => entraCall('readAssignments', () => entra.readAssignments(link)),
      readLatestLink: (stream) => entraCall('readLatestLink', () => entra.readLatestLink(stream)),
      readUserChanges: (link) => entraCall('readUserChanges', () => entra.readUserChanges(link)),
      readGroupChanges: (link) => entraCall('readGroupChanges', () => entra.readGroupChanges(link)),
      readFirstMembers: (ids) => entraCall('readFirstMembers', () => entra.readFirstMembers(ids)),
      readMoreMembers: (link) => entraCall('readMoreMembers', () => entra.readMoreMembers(link)),
      readByIds: (ids) => entraCall('readByIds', () => entra.readByIds(ids)),
    },
    team: {
      readMembers: (cursor) => ask('readMembers', () => team.readMembers(cursor)),
      readGroups: (cursor) => ask('readGroups', () => team.readGroups(cursor)),
      readMembersInfo: (selectors) => ask('readMembersInfo', () => team.readMembersInfo(selectors)),
      readGroupsInfo: (selectors) => ask('readGroupsInfo', () => team.readGroupsInfo(selectors)),
      readGroupMembers: (id, cursor) =>
        ask('readGroupMembers', () => team.readGroupMembers(id, cursor)),
      readInviteJob: (jobId) => ask('readInviteJob', () => team.readInviteJob(jobId)),
      readAuthorisingAdmin: () => ask('readAuthorisingAdmin', () => team.readAuthorisingAdmin()),
      readTeam: () => ask('readTeam', () => team.readTeam()),
      inviteMembers: (members) => change('inviteMembers', () => team.inviteMembers(members)),
      updateMember: (id, changes) => change('updateMember', () => team.updateMember(id, changes)),
      createGroup: (group) => change('createGroup', () => team.createGroup(group)),
      updateGroup: (id, changes) => change('updateGroup', () => team.updateGroup(id, changes)),
      addGroupMembers: (id, memberIds) =>
        change('addGroupMembers', () => team.addGroupMembers(id, memberIds)),
    },
  };
}
