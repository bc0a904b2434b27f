import { CursorExpiredError } from '../../shared/model/errors.ts';
import type { RemovalOptions, TeamReader, TeamWriter } from '../../shared/model/ports.ts';
import type {
  Answer,
  InviteAnswer,
  InviteRow,
  MemberChanges,
  NewMember,
  TeamMember,
  TeamPage,
} from '../../shared/model/target.ts';
import {
  createMemoryGroups,
  toTeamGroup,
  type TeamGroupWithMembers,
} from './memory-team-groups.ts';
import { createMemoryMembers, refused, type MemoryMembersOptions } from './memory-team-members.ts';

export type { TeamGroupWithMembers } from './memory-team-groups.ts';

/** One write as it was asked for, whatever came of it. */
type TeamWrite =
  | {
      readonly kind: 'inviteMembers';
      readonly members: readonly NewMember[];
      /** Who of them was on the team already, by address or by external id, when Dropbox was asked. */
      readonly present: readonly TeamMember[];
    }
  | { readonly kind: 'updateMember'; readonly memberId: string }
  | ({
      readonly kind: 'suspendMember' | 'removeMember';
      readonly memberId: string;
    } & RemovalOptions)
  | { readonly kind: 'unsuspendMember' | 'recoverMember'; readonly memberId: string }
  | { readonly kind: 'createGroup'; readonly externalId: string }
  | { readonly kind: 'updateGroup' | 'deleteGroup'; readonly groupId: string }
  | {
      readonly kind: 'addGroupMembers' | 'removeGroupMembers';
      readonly groupId: string;
      readonly memberIds: readonly string[];
    };

export interface MemoryTeam extends TeamReader, TeamWriter {
  /** The team as it is, removed members included; jobs that are due by now have run. */
  members(): readonly TeamMember[];
  groups(): readonly TeamGroupWithMembers[];
  /** Every write that reached the team, oldest first. */
  readonly writes: readonly TeamWrite[];
  /** How many people were really invited. */
  invitations(): number;
  /** When a job brought this member into the team, in milliseconds since 1970; undefined for others. */
  arrivedByJobAt(memberId: string): number | undefined;
  /** When a job took this member off the team, in milliseconds since 1970; undefined for others. */
  leftByJobAt(memberId: string): number | undefined;
  /** Somebody accepts the invitation. Quiet for anybody who has none. */
  accept(memberId: string): void;
  /** No listing goes on from here: every cursor is forgotten. */
  forgetCursors(): void;
  /** What follows a Dropbox admin does: not among the writes, at once, and thrown where Dropbox would refuse it. */
  suspendByHand(memberId: string): void;
  unsuspendByHand(memberId: string): void;
  removeByHand(memberId: string): void;
  recoverByHand(memberId: string): void;
  changeByHand(memberId: string, changes: MemberChanges): void;
  addToGroupByHand(groupId: string, memberId: string): void;
  removeFromGroupByHand(groupId: string, memberId: string): void;
  deleteGroupByHand(groupId: string): void;
  renameGroupByHand(groupId: string, name: string): void;
}

export interface MemoryTeamOptions extends Omit<MemoryMembersOptions, 'makeId'> {
  readonly groups?: readonly TeamGroupWithMembers[];
  readonly teamId?: string;
  readonly pageSize?: number;
  /** How long the job takes if this invitation becomes one; undefined where it is answered at once. */
  readonly jobMs?: () => number | undefined;
  /** How long the job takes if this removal becomes one; undefined where it is answered at once. */
  readonly removeJobMs?: () => number | undefined;
  /** Member id of who authorised us; the first member unless told otherwise. */
  readonly authorisingAdmin?: string;
}

interface Job {
  readonly endsAt: number;
  readonly run: () => readonly InviteRow[] | undefined;
  end: { readonly rows: readonly InviteRow[] | undefined } | undefined;
}

/**
 * A Dropbox team in memory, by the rules of the Business API that matter here: one row per person invited, an address and an external id
 * given out once (a removed member keeps both for seven days), group names given out once whatever the case of their letters, and a change
 * of a group's members that fails as a whole. What it takes, it takes at the moment of the call.
 */
export function createMemoryTeam(options: MemoryTeamOptions): MemoryTeam {
  const pageSize = options.pageSize ?? 3;
  const jobs = new Map<string, Job>();
  const writes: TeamWrite[] = [];
  const arrivals = new Map<string, number>();
  const departures = new Map<string, number>();
  let lastId = 0;
  let invited = 0;
  let cursorsSince = 0;

  const makeId = (prefix: string): string => `${prefix}:${++lastId}`;
  const members = createMemoryMembers({ ...options, makeId });
  const groups = createMemoryGroups({
    groups: options.groups ?? [],
    makeId,
    isOnTeam: (memberId) => (members.get(memberId)?.status ?? 'removed') !== 'removed',
  });

  function invite(asked: NewMember): InviteRow {
    const row = members.invite(asked);
    if (row.kind === 'done') invited += 1;
    return row;
  }

  function remove(memberId: string): Answer<null> {
    const answer = members.remove(memberId);
    if (answer.kind === 'done') groups.forget(memberId);
    return answer;
  }

  function launch(ms: number, run: Job['run']): { readonly kind: 'job'; readonly jobId: string } {
    const jobId = makeId('job');
    jobs.set(jobId, { endsAt: options.now() + ms, run, end: undefined });
    return { kind: 'job', jobId };
  }

  function runJobs(): void {
    for (const job of jobs.values()) {
      if (job.end === undefined && job.endsAt <= options.now()) job.end = { rows: job.run() };
    }
  }

  /** Every write: what fell due before comes first. */
  function record(write: TeamWrite): void {
    runJobs();
    writes.push(write);
  }

  function page<T>(items: readonly T[], cursor: string | undefined): TeamPage<T> {
    const [epoch = '', start = ''] = (cursor ?? `${cursorsSince}|0`).split('|');
    if (Number(epoch) !== cursorsSince) throw new CursorExpiredError('invalid_cursor');
    const end = Number(start) + pageSize;
    const hasMore = end < items.length;
    return { items: items.slice(Number(start), end), cursor: `${epoch}|${end}`, hasMore };
  }

  function withGroups(member: TeamMember): TeamMember {
    return { ...member, groupIds: groups.groupIdsOf(member.memberId) };
  }

  function byHand(what: string, act: () => Answer<unknown>): void {
    runJobs();
    const answer = act();
    if (answer.kind === 'done') return;
    throw new Error(`cannot ${what} by hand: ${answer.refusal.tag}`);
  }

  const reader: TeamReader = {
    readMembers: async (cursor) => {
      runJobs();
      return page(members.present().map(withGroups), cursor);
    },
    readGroups: async (cursor) => page(groups.all().map(toTeamGroup), cursor),
    readMembersInfo: async (selectors) => {
      runJobs();
      return selectors.map((selector) => {
        const found = members.select(selector);
        return found === undefined ? undefined : withGroups(found);
      });
    },
    readGroupsInfo: async (selectors) => selectors.map((selector) => groups.select(selector)),
    readGroupMembers: async (groupId, cursor) => {
      runJobs();
      const group = groups.get(groupId);
      if (group === undefined) return refused('group_not_found');
      return { kind: 'done', value: page([...group.memberIds], cursor) };
    },
    readInviteJob: async (jobId) => {
      runJobs();
      const job = jobs.get(jobId);
      if (job === undefined) return { kind: 'failed', reason: 'invalid_async_job_id' };
      return job.end === undefined
        ? { kind: 'running' }
        : { kind: 'complete', rows: job.end.rows ?? [] };
    },
    readRemoveJob: async (jobId) => {
      runJobs();
      const job = jobs.get(jobId);
      if (job === undefined) return { kind: 'failed' };
      return { kind: job.end === undefined ? 'running' : 'complete' };
    },
    readAuthorisingAdmin: async () => {
      const { authorisingAdmin } = options;
      const [first] = members.all();
      const admin = authorisingAdmin === undefined ? first : members.get(authorisingAdmin);
      if (admin === undefined) return refused('mapping_not_found');
      return authorisingAdmin !== undefined && admin.status !== 'active'
        ? refused('admin_not_active')
        : { kind: 'done', value: withGroups(admin) };
    },
    readTeam: async () => ({
      teamId: options.teamId ?? 'dbtid:memory',
      name: 'Memory',
      licences: 1_000,
      provisioned: members.present().length,
    }),
  };

  const writer: TeamWriter = {
    inviteMembers: async (asked): Promise<InviteAnswer> => {
      runJobs();
      const present = asked.flatMap((one) => {
        const found = members.findHolder(one);
        return found === undefined || found.status === 'removed' ? [] : [found];
      });
      writes.push({ kind: 'inviteMembers', members: asked, present });
      const jobMs = options.jobMs?.();
      if (jobMs === undefined) return { kind: 'complete', rows: asked.map(invite) };
      return launch(jobMs, () => {
        const rows = asked.map(invite);
        for (const row of rows) {
          if (row.kind === 'done') arrivals.set(row.member.memberId, options.now());
        }
        return rows;
      });
    },
    updateMember: async (memberId, changes) => {
      record({ kind: 'updateMember', memberId });
      return members.update(memberId, changes);
    },
    suspendMember: async (memberId, { wipeData }) => {
      record({ kind: 'suspendMember', memberId, wipeData });
      return members.suspend(memberId);
    },
    unsuspendMember: async (memberId) => {
      record({ kind: 'unsuspendMember', memberId });
      return members.unsuspend(memberId);
    },
    removeMember: async (memberId, { wipeData }) => {
      record({ kind: 'removeMember', memberId, wipeData });
      const refusal = members.refuseRemoval(memberId);
      if (refusal !== undefined) return refusal;
      const jobMs = options.removeJobMs?.();
      if (jobMs === undefined) return remove(memberId);
      return launch(jobMs, () => {
        if (remove(memberId).kind === 'done') departures.set(memberId, options.now());
        return undefined;
      });
    },
    recoverMember: async (memberId) => {
      record({ kind: 'recoverMember', memberId });
      return members.recover(memberId);
    },
    createGroup: async (group) => {
      record({ kind: 'createGroup', externalId: group.externalId });
      return groups.create(group);
    },
    updateGroup: async (groupId, changes) => {
      record({ kind: 'updateGroup', groupId });
      return groups.update(groupId, changes);
    },
    addGroupMembers: async (groupId, memberIds) => {
      record({ kind: 'addGroupMembers', groupId, memberIds });
      return groups.add(groupId, memberIds);
    },
    removeGroupMembers: async (groupId, memberIds) => {
      record({ kind: 'removeGroupMembers', groupId, memberIds });
      return groups.takeOut(groupId, memberIds);
    },
    deleteGroup: async (groupId) => {
      record({ kind: 'deleteGroup', groupId });
      return groups.delete(groupId);
    },
  };

  return {
    ...reader,
    ...writer,
    members: () => {
      runJobs();
      return members.all();
    },
    groups: () => {
      runJobs();
      return groups.all();
    },
    writes,
    invitations: () => invited,
    arrivedByJobAt: (memberId) => arrivals.get(memberId),
    leftByJobAt: (memberId) => departures.get(memberId),
    accept: (memberId) => {
      runJobs();
      members.accept(memberId);
    },
    forgetCursors: () => {
      cursorsSince += 1;
    },
    suspendByHand: (id) => byHand(`suspend ${id}`, () => members.suspend(id)),
    unsuspendByHand: (id) => byHand(`unsuspend ${id}`, () => members.unsuspend(id)),
    removeByHand: (id) => byHand(`remove ${id}`, () => remove(id)),
    recoverByHand: (id) => byHand(`recover ${id}`, () => members.recover(id)),
    changeByHand: (id, changes) => byHand(`change ${id}`, () => members.update(id, changes)),
    addToGroupByHand: (groupId, id) =>
      byHand(`add ${id} to ${groupId}`, () => groups.add(groupId, [id])),
    removeFromGroupByHand: (groupId, id) =>
      byHand(`take ${id} out of ${groupId}`, () => groups.takeOut(groupId, [id])),
    deleteGroupByHand: (groupId) => byHand(`delete ${groupId}`, () => groups.delete(groupId)),
    renameGroupByHand: (groupId, name) =>
      byHand(`rename ${groupId}`, () => groups.update(groupId, { name })),
  };
}
