import { CursorExpiredError } from '../../shared/model/errors.ts';
import type { TeamReader, TeamWriter } from '../../shared/model/ports.ts';
import type {
  Answer,
  InviteAnswer,
  InviteRow,
  MemberSelector,
  NewMember,
  TeamGroup,
  TeamMember,
  TeamPage,
} from '../../shared/model/target.ts';

export interface TeamGroupWithMembers extends TeamGroup {
  readonly memberIds: ReadonlySet<string>;
}

/** One write as it was asked for, whatever came of it. */
type TeamWrite =
  | {
      readonly kind: 'inviteMembers';
      readonly members: readonly NewMember[];
      /** Who of them was on the team already, by address or by external id, when Dropbox was asked. */
      readonly present: readonly TeamMember[];
    }
  | { readonly kind: 'updateMember'; readonly memberId: string }
  | { readonly kind: 'createGroup'; readonly externalId: string }
  | { readonly kind: 'updateGroup'; readonly groupId: string }
  | {
      readonly kind: 'addGroupMembers';
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
  /** Somebody accepts the invitation. Quiet for anybody who has none. */
  accept(memberId: string): void;
  /** No listing goes on from here: every cursor is forgotten. */
  forgetCursors(): void;
}

export interface MemoryTeamOptions {
  readonly members: readonly TeamMember[];
  readonly groups?: readonly TeamGroupWithMembers[];
  readonly teamId?: string;
  readonly pageSize?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How long the job takes if this invitation becomes one; undefined where it is answered at once. */
  readonly jobMs?: () => number | undefined;
  /** Why Dropbox refuses this person although nothing is wrong with them; undefined where it does not. */
  readonly refuse?: (member: NewMember) => string | undefined;
}

interface Job {
  readonly members: readonly NewMember[];
  readonly endsAt: number;
  rows: readonly InviteRow[] | undefined;
}

/**
 * A Dropbox team in memory, by the rules of the Business API that matter here: one row per person invited, an address and an external id
 * given out once (a removed member keeps both), group names given out once whatever the case of their letters, and an addition to a group
 * that fails as a whole. What it takes, it takes at the moment of the call.
 */
export function createMemoryTeam(options: MemoryTeamOptions): MemoryTeam {
  const members = new Map(options.members.map((member) => [member.memberId, member]));
  const groups = new Map((options.groups ?? []).map((group) => [group.groupId, group]));
  const jobs = new Map<string, Job>();
  const writes: TeamWrite[] = [];
  const pageSize = options.pageSize ?? 3;
  const arrivals = new Map<string, number>();
  let lastId = 0;
  let invited = 0;
  let cursorsSince = 0;

  function findByEmail(email: string): TeamMember | undefined {
    return [...members.values()].find((member) => member.email === email.toLowerCase());
  }

  function findByExternalId(externalId: string | undefined): TeamMember | undefined {
    if (externalId === undefined || externalId === '') return undefined;
    return [...members.values()].find((member) => member.externalId === externalId);
  }

  function invite(member: NewMember): InviteRow {
    const email = member.email.toLowerCase();
    const tag =
      findByEmail(email) !== undefined
        ? 'user_already_on_team'
        : findByExternalId(member.externalId) !== undefined
          ? 'duplicate_external_member_id'
          : options.refuse?.(member);
    if (tag !== undefined) return { kind: 'refused', email, refusal: { tag } };
    const memberId = `dbmid:${++lastId}`;
    const created: TeamMember = { ...member, email, memberId, status: 'invited', groupIds: [] };
    members.set(memberId, created);
    invited += 1;
    return { kind: 'done', email, member: created };
  }

  function runJobs(): void {
    for (const job of jobs.values()) {
      if (job.rows !== undefined || job.endsAt > options.now()) continue;
      job.rows = job.members.map(invite);
      for (const row of job.rows) {
        if (row.kind === 'done') arrivals.set(row.member.memberId, options.now());
      }
    }
  }

  function page<T>(items: readonly T[], cursor: string | undefined): TeamPage<T> {
    const [epoch = '', start = ''] = (cursor ?? `${cursorsSince}|0`).split('|');
    if (Number(epoch) !== cursorsSince) throw new CursorExpiredError('invalid_cursor');
    const end = Number(start) + pageSize;
    const hasMore = end < items.length;
    return { items: items.slice(Number(start), end), cursor: `${epoch}|${end}`, hasMore };
  }

  function select(selector: MemberSelector): TeamMember | undefined {
    switch (selector.kind) {
      case 'memberId':
        return members.get(selector.memberId);
      case 'externalId':
        return findByExternalId(selector.externalId);
      case 'email':
        return findByEmail(selector.email);
    }
  }

  function groupRefusal(
    { name, externalId }: { readonly name?: string; readonly externalId?: string },
    self?: string,
  ): string | undefined {
    for (const group of groups.values()) {
      if (group.groupId === self) continue;
      if (name !== undefined && group.name.toLowerCase() === name.toLowerCase()) {
        return 'group_name_already_used';
      }
      if (externalId !== undefined && group.externalId === externalId) {
        return 'external_id_already_in_use';
      }
    }
    return undefined;
  }

  const reader: TeamReader = {
    readMembers: async (cursor) => {
      runJobs();
      const present = [...members.values()].filter(({ status }) => status !== 'removed');
      return page(present, cursor);
    },
    readGroups: async (cursor) => page([...groups.values()].map(toTeamGroup), cursor),
    readMembersInfo: async (selectors) => {
      runJobs();
      return selectors.map(select);
    },
    readGroupsInfo: async (selectors) =>
      selectors.map((selector) => {
        const found = [...groups.values()].find((group) =>
          selector.kind === 'groupId'
            ? group.groupId === selector.groupId
            : group.externalId === selector.externalId,
        );
        return found === undefined ? undefined : toTeamGroup(found);
      }),
    readGroupMembers: async (groupId, cursor) => {
      const group = groups.get(groupId);
      if (group === undefined) return refused('group_not_found');
      return { kind: 'done', value: page([...group.memberIds], cursor) };
    },
    readInviteJob: async (jobId) => {
      runJobs();
      const job = jobs.get(jobId);
      if (job === undefined) return { kind: 'failed', reason: 'invalid_async_job_id' };
      return job.rows === undefined ? { kind: 'running' } : { kind: 'complete', rows: job.rows };
    },
    readAuthorisingAdmin: async () => {
      const [admin] = members.values();
      return admin === undefined ? refused('mapping_not_found') : { kind: 'done', value: admin };
    },
    readTeam: async () => ({
      teamId: options.teamId ?? 'dbtid:memory',
      name: 'Memory',
      licences: 1_000,
      provisioned: members.size,
    }),
  };

  const writer: TeamWriter = {
    inviteMembers: async (asked): Promise<InviteAnswer> => {
      runJobs();
      const present = asked.flatMap(({ email, externalId }) => {
        const found = findByEmail(email) ?? findByExternalId(externalId);
        return found === undefined || found.status === 'removed' ? [] : [found];
      });
      writes.push({ kind: 'inviteMembers', members: asked, present });
      const jobMs = options.jobMs?.();
      if (jobMs === undefined) return { kind: 'complete', rows: asked.map(invite) };
      const jobId = `job:${++lastId}`;
      jobs.set(jobId, { members: asked, endsAt: options.now() + jobMs, rows: undefined });
      return { kind: 'job', jobId };
    },
    updateMember: async (memberId, changes) => {
      runJobs();
      writes.push({ kind: 'updateMember', memberId });
      const member = members.get(memberId);
      if (member === undefined) return refused('user_not_found');
      if (member.status === 'removed') return refused('set_profile_disallowed');
      const email = changes.email?.toLowerCase() ?? member.email;
      const holder = findByEmail(email);
      if (holder !== undefined && holder !== member)
        return refused('email_reserved_for_other_user');
      const rival = findByExternalId(changes.externalId);
      if (rival !== undefined && rival !== member) return refused('external_id_used_by_other_user');
      const value: TeamMember = { ...member, ...changes, email };
      members.set(memberId, value);
      return { kind: 'done', value };
    },
    createGroup: async ({ name, externalId }) => {
      writes.push({ kind: 'createGroup', externalId });
      const tag = groupRefusal({ name, externalId });
      if (tag !== undefined) return refused(tag);
      const groupId = `g:${++lastId}`;
      const value: TeamGroup = { groupId, name, externalId, management: 'company' };
      groups.set(groupId, { ...value, memberIds: new Set() });
      return { kind: 'done', value };
    },
    updateGroup: async (groupId, changes) => {
      writes.push({ kind: 'updateGroup', groupId });
      const group = groups.get(groupId);
      if (group === undefined) return refused('group_not_found');
      if (group.management === 'system') return refused('system_managed_group_disallowed');
      const tag = groupRefusal(changes, groupId);
      if (tag !== undefined) return refused(tag);
      const changed = { ...group, ...changes };
      groups.set(groupId, changed);
      return { kind: 'done', value: toTeamGroup(changed) };
    },
    addGroupMembers: async (groupId, memberIds) => {
      runJobs();
      writes.push({ kind: 'addGroupMembers', groupId, memberIds });
      const group = groups.get(groupId);
      if (group === undefined) return refused('group_not_found');
      if (group.management === 'system') return refused('system_managed_group_disallowed');
      const unknown = memberIds.filter(
        (id) => (members.get(id)?.status ?? 'removed') === 'removed',
      );
      if (unknown.length > 0) return refused('users_not_found', unknown);
      if (memberIds.some((id) => group.memberIds.has(id))) return refused('duplicate_user');
      groups.set(groupId, { ...group, memberIds: new Set([...group.memberIds, ...memberIds]) });
      return { kind: 'done', value: null };
    },
  };

  return {
    ...reader,
    ...writer,
    members: () => {
      runJobs();
      return [...members.values()];
    },
    groups: () => [...groups.values()],
    writes,
    invitations: () => invited,
    arrivedByJobAt: (memberId) => arrivals.get(memberId),
    accept: (memberId) => {
      const member = members.get(memberId);
      if (member?.status === 'invited') members.set(memberId, { ...member, status: 'active' });
    },
    forgetCursors: () => {
      cursorsSince += 1;
    },
  };
}

function refused(tag: string, offenders?: readonly string[]): Answer<never> {
  return { kind: 'refused', refusal: offenders === undefined ? { tag } : { tag, offenders } };
}

function toTeamGroup({ memberIds: _members, ...group }: TeamGroupWithMembers): TeamGroup {
  return group;
}
