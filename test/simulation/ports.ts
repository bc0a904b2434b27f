import type {
  Clock,
  Doorbell,
  EntraReader,
  Row,
  TableAction,
  TableStore,
  TeamReader,
  TeamWriter,
} from '../../shared/model/ports.ts';
import type { Told, LyingEntra } from './lying-entra.ts';
import type { LyingTeam } from './lying-team.ts';
import type { CallRequest, Scheduler } from './scheduler.ts';

export interface Ports {
  readonly tables: TableStore;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly entra: EntraReader;
  readonly team: TeamReader & TeamWriter;
}

/** A call to Dropbox: the method, and what it is about. */
export interface TeamCall {
  readonly kind: string;
  readonly memberId?: string;
  readonly groupId?: string;
  readonly memberIds?: readonly string[];
  readonly wipeData?: boolean;
}

type Call<T> = Omit<CallRequest<T>, 'isWrite' | 'effectBy' | 'notBefore'> & {
  readonly isWrite?: true;
};

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
  readonly lies: { readonly entra: LyingEntra; readonly team: LyingTeam };
  /** Told of every call to Dropbox when the process makes it. */
  readonly onTeamCall: (call: TeamCall) => void;
  /** Told after each write to a table that has taken effect. */
  readonly onTableWrite: (
    table: string,
    partition: string,
    actions: readonly TableAction[],
  ) => void;
  /** Told after each write to Dropbox that has taken effect. */
  readonly onTeamEffect: (name: string) => void;
}

/** A request that was sent takes effect within so long, or never: a call ends within the margin of the claim. */
const dropboxEffectMs = 50_000;
const storageEffectMs = 20_000;

/** The ports of the engine, each call a point where the walk decides what happens. */
export function createPorts({ scheduler, real, now, lies, ...watch }: PortsOptions): Ports {
  const { tables, doorbell, entra, team } = real;

  function on<T>(call: Call<T>): Promise<T> {
    const effectMs = call.service === 'dropbox' ? dropboxEffectMs : storageEffectMs;
    const isWrite = call.isWrite === true;
    return scheduler.call({ ...call, isWrite, ...(isWrite ? { effectBy: now() + effectMs } : {}) });
  }

  const entraCall = <T>(name: string, effect: () => Promise<T>, told?: Told<T>): Promise<T> =>
    on({ service: 'entra', name: `entra.${name}`, effect, ...liesOf(told) });

  const ask = <T>(name: string, effect: () => Promise<T>, told?: Told<T>): Promise<T> => {
    watch.onTeamCall({ kind: name });
    return on({ service: 'dropbox', name: `dropbox.${name}`, effect, ...liesOf(told) });
  };

  const change = <T>(call: TeamCall, act: () => Promise<T>): Promise<T> => {
    watch.onTeamCall(call);
    const effect = async (): Promise<T> => {
      const answer = await act();
      watch.onTeamEffect(call.kind);
      return answer;
    };
    const { kind, memberId, groupId, memberIds = [] } = call;
    return on({
      service: 'dropbox',
      name: `dropbox.${kind}`,
      effect,
      isWrite: true,
      about: [memberId, groupId, ...memberIds].filter((id) => id !== undefined).join(' '),
      ...(memberId === undefined ? {} : { memberId }),
    });
  };

  return {
    tables: {
      async get(table, partition, row) {
        if (table !== 'Job') {
          const effect = (): Promise<Row | undefined> => tables.get(table, partition, row);
          return on({ service: 'storage', name: `${table}.get`, effect, about: row });
        }
        const look = watch.onJobRead(row);
        const effect = (): Promise<Row | undefined> => {
          look.read();
          return tables.get(table, partition, row);
        };
        const found = await on({ service: 'storage', name: `Job.get ${row}`, effect });
        look.seen();
        return found;
      },
      page: (table, partition, request) =>
        on({
          service: 'storage',
          name: `${table}.page`,
          effect: () => tables.page(table, partition, request),
        }),
      write: (table, partition, actions) =>
        on({
          service: 'storage',
          name: `${table}.write`,
          isWrite: true,
          about: actions.map(({ kind, rowKey }) => `${kind} ${rowKey}`).join(' '),
          effect: async () => {
            const etags = await tables.write(table, partition, actions);
            watch.onTableWrite(table, partition, actions);
            return etags;
          },
        }),
    },
    doorbell: {
      ring: (message, delayMs) =>
        on({
          service: 'bell',
          name: 'doorbell.ring',
          isWrite: true,
          effect: () => doorbell.ring(message, delayMs),
        }),
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
      readAssignments: (link) =>
        entraCall(
          'readAssignments',
          () => entra.readAssignments(link),
          lies.entra.readAssignments(link),
        ),
      readLatestLink: (stream) => entraCall('readLatestLink', () => entra.readLatestLink(stream)),
      readUserChanges: (link) =>
        entraCall(
          'readUserChanges',
          () => entra.readUserChanges(link),
          lies.entra.readUserChanges(link),
        ),
      readGroupChanges: (link) =>
        entraCall(
          'readGroupChanges',
          () => entra.readGroupChanges(link),
          lies.entra.readGroupChanges(link),
        ),
      readFirstMembers: (ids) =>
        entraCall(
          'readFirstMembers',
          () => entra.readFirstMembers(ids),
          lies.entra.readFirstMembers(ids),
        ),
      readMoreMembers: (link) =>
        entraCall(
          'readMoreMembers',
          () => entra.readMoreMembers(link),
          lies.entra.readMoreMembers(link),
        ),
      readByIds: (ids) => entraCall('readByIds', () => entra.readByIds(ids)),
      readWitness: (questions) =>
        entraCall(
          'readWitness',
          () => entra.readWitness(questions),
          lies.entra.readWitness(questions),
        ),
    },
    team: {
      readMembers: (cursor) =>
        ask('readMembers', () => team.readMembers(cursor), lies.team.readMembers(cursor)),
      readGroups: (cursor) =>
        ask('readGroups', () => team.readGroups(cursor), lies.team.readGroups(cursor)),
      readMembersInfo: (selectors) =>
        ask(
          'readMembersInfo',
          () => team.readMembersInfo(selectors),
          lies.team.readMembersInfo(selectors),
        ),
      readGroupsInfo: (selectors) => ask('readGroupsInfo', () => team.readGroupsInfo(selectors)),
      readGroupMembers: (id, cursor) =>
        ask(
          'readGroupMembers',
          () => team.readGroupMembers(id, cursor),
          lies.team.readGroupMembers(id, cursor),
        ),
      readInviteJob: (jobId) => ask('readInviteJob', () => team.readInviteJob(jobId)),
      readRemoveJob: (jobId) => ask('readRemoveJob', () => team.readRemoveJob(jobId)),
      readAuthorisingAdmin: () => ask('readAuthorisingAdmin', () => team.readAuthorisingAdmin()),
      readTeam: () => ask('readTeam', () => team.readTeam()),
      inviteMembers: (members) =>
        change({ kind: 'inviteMembers' }, () => team.inviteMembers(members)),
      updateMember: (memberId, changes) =>
        change({ kind: 'updateMember', memberId }, () => team.updateMember(memberId, changes)),
      suspendMember: (memberId, options) =>
        change({ kind: 'suspendMember', memberId, ...options }, () =>
          team.suspendMember(memberId, options),
        ),
      unsuspendMember: (memberId) =>
        change({ kind: 'unsuspendMember', memberId }, () => team.unsuspendMember(memberId)),
      removeMember: (memberId, options) =>
        change({ kind: 'removeMember', memberId, ...options }, () =>
          team.removeMember(memberId, options),
        ),
      recoverMember: (memberId) =>
        change({ kind: 'recoverMember', memberId }, () => team.recoverMember(memberId)),
      createGroup: (group) => change({ kind: 'createGroup' }, () => team.createGroup(group)),
      updateGroup: (groupId, changes) =>
        change({ kind: 'updateGroup', groupId }, () => team.updateGroup(groupId, changes)),
      addGroupMembers: (groupId, memberIds) =>
        change({ kind: 'addGroupMembers', groupId, memberIds }, () =>
          team.addGroupMembers(groupId, memberIds),
        ),
      removeGroupMembers: (groupId, memberIds) =>
        change({ kind: 'removeGroupMembers', groupId, memberIds }, () =>
          team.removeGroupMembers(groupId, memberIds),
        ),
      deleteGroup: (groupId) =>
        change({ kind: 'deleteGroup', groupId }, () => team.deleteGroup(groupId)),
    },
  };
}

function liesOf<T>(told: Told<T> | undefined): Pick<CallRequest<T>, 'lies'> {
  return told === undefined ? {} : { lies: told };
}
