import type { Answer, GroupChanges, GroupSelector, TeamGroup } from '../../shared/model/target.ts';
import { refused } from './memory-team-members.ts';

export interface TeamGroupWithMembers extends TeamGroup {
  readonly memberIds: ReadonlySet<string>;
}

export interface MemoryGroups {
  all(): readonly TeamGroupWithMembers[];
  get(groupId: string): TeamGroupWithMembers | undefined;
  select(selector: GroupSelector): TeamGroup | undefined;
  groupIdsOf(memberId: string): readonly string[];
  create(group: { readonly name: string; readonly externalId: string }): Answer<TeamGroup>;
  update(groupId: string, changes: GroupChanges): Answer<TeamGroup>;
  add(groupId: string, memberIds: readonly string[]): Answer<null>;
  takeOut(groupId: string, memberIds: readonly string[]): Answer<null>;
  delete(groupId: string): Answer<null>;
  /** Takes somebody who left the team out of every group. */
  forget(memberId: string): void;
}

/**
 * The groups of a team in memory, by the rules of the Business API: names are given out once whatever the case of their letters, and
 * an addition or a taking out fails as a whole. `isOnTeam` says who can be in a group.
 */
export function createMemoryGroups(options: {
  readonly groups: readonly TeamGroupWithMembers[];
  readonly makeId: (prefix: string) => string;
  readonly isOnTeam: (memberId: string) => boolean;
}): MemoryGroups {
  const groups = new Map(options.groups.map((group) => [group.groupId, group]));

  function findClash(
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

  /** The group if it can be changed, else the refusal. */
  function need(groupId: string): TeamGroupWithMembers | Answer<never> {
    const group = groups.get(groupId);
    if (group === undefined) return refused('group_not_found');
    return group.management === 'system' ? refused('system_managed_group_disallowed') : group;
  }

  function refuseStrangers(memberIds: readonly string[]): Answer<never> | undefined {
    const unknown = memberIds.filter((id) => !options.isOnTeam(id));
    return unknown.length > 0 ? refused('users_not_found', unknown) : undefined;
  }

  return {
    all: () => [...groups.values()],
    get: (groupId) => groups.get(groupId),
    select(selector) {
      const found = [...groups.values()].find((group) =>
        selector.kind === 'groupId'
          ? group.groupId === selector.groupId
          : group.externalId === selector.externalId,
      );
      return found === undefined ? undefined : toTeamGroup(found);
    },
    groupIdsOf: (memberId) =>
      [...groups.values()].flatMap((group) =>
        group.memberIds.has(memberId) ? [group.groupId] : [],
      ),
    create({ name, externalId }) {
      const tag = findClash({ name, externalId });
      if (tag !== undefined) return refused(tag);
      const groupId = options.makeId('g');
      const value: TeamGroup = { groupId, name, externalId, management: 'company' };
      groups.set(groupId, { ...value, memberIds: new Set() });
      return { kind: 'done', value };
    },
    update(groupId, changes) {
      const group = need(groupId);
      if ('kind' in group) return group;
      const tag = findClash(changes, groupId);
      if (tag !== undefined) return refused(tag);
      const changed = { ...group, ...changes };
      groups.set(groupId, changed);
      return { kind: 'done', value: toTeamGroup(changed) };
    },
    add(groupId, memberIds) {
      const group = need(groupId);
      if ('kind' in group) return group;
      const refusal = refuseStrangers(memberIds);
      if (refusal !== undefined) return refusal;
      if (memberIds.some((id) => group.memberIds.has(id))) return refused('duplicate_user');
      groups.set(groupId, { ...group, memberIds: new Set([...group.memberIds, ...memberIds]) });
      return { kind: 'done', value: null };
    },
    takeOut(groupId, memberIds) {
      const group = need(groupId);
      if ('kind' in group) return group;
      const refusal = refuseStrangers(memberIds);
      if (refusal !== undefined) return refusal;
      if (memberIds.some((id) => !group.memberIds.has(id))) return refused('member_not_in_group');
      const rest = [...group.memberIds].filter((id) => !memberIds.includes(id));
      groups.set(groupId, { ...group, memberIds: new Set(rest) });
      return { kind: 'done', value: null };
    },
    delete(groupId) {
      const group = need(groupId);
      if ('kind' in group) return group;
      groups.delete(groupId);
      return { kind: 'done', value: null };
    },
    forget(memberId) {
      for (const group of groups.values()) {
        if (!group.memberIds.has(memberId)) continue;
        const rest = [...group.memberIds].filter((id) => id !== memberId);
        groups.set(group.groupId, { ...group, memberIds: new Set(rest) });
      }
    },
  };
}

/** The group as Dropbox's routes show it. */
export function toTeamGroup({ memberIds: _members, ...group }: TeamGroupWithMembers): TeamGroup {
  return group;
}
