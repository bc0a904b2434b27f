import { isDeepStrictEqual } from 'node:util';
import type { TableAction } from '../../shared/model/ports.ts';
import type { TeamMember } from '../../shared/model/target.ts';
import type { MemoryTables } from '../memory/memory-tables.ts';
import type { TeamGroupWithMembers } from '../memory/memory-team.ts';
import type { Character } from './character.ts';
import { createBrakeGuard, type BrakeGuard } from './guard-brake.ts';
import { createTakesGuard } from './guard-takes.ts';
import { isOurs, isOurTeamGroup, type Ledger } from './ledger.ts';
import type { Operator } from './operator.ts';
import type { TeamCall } from './ports.ts';
import { createPromptness } from './promptness.ts';
import type { Scheduler } from './scheduler.ts';
import { createVersions, type Versions } from './versions.ts';
import type { World } from './world.ts';

/** Watches that nothing forbidden ever happens, at each step. The first breach is kept. */
export interface Guard extends Omit<BrakeGuard, 'onTeamCall'> {
  breach(): string | undefined;
  onTeamCall(call: TeamCall): void;
  /** Something of ours has taken effect, or a job of ours may have ended. */
  onTeamEffect(name: string): void;
  onTableWrite(table: string, partition: string, actions: readonly TableAction[]): void;
  /** What was invited by hand is nobody's invitation. */
  passOverWrites(): void;
  readonly versions: Versions;
}

/** Between the answer to "are they in the team?" and the effect of an invitation lies no more than this. */
const jobSurpriseMs = 60_000;

export interface GuardContext {
  readonly scheduler: Scheduler;
  readonly world: World;
  readonly character: Character;
  readonly ledger: Ledger;
  readonly operator: Operator;
  readonly tables: MemoryTables;
  readonly now: () => number;
  /** Nothing fails in this walk: then everything happens in time. */
  readonly isFair: boolean;
}

export function createGuard(context: GuardContext): Guard {
  const { world, ledger, tables, now } = context;
  let breach: string | undefined;
  let checkedWrites = 0;
  /** `call member` and `call group` of whatever was ever asked for. */
  const asked = new Set<string>();

  function report(text: string): void {
    breach ??= text;
  }

  const brake = createBrakeGuard({ ...context, report });
  const takes = createTakesGuard({
    ...context,
    startAt: now(),
    report,
    versions: () => versions,
  });
  const promptness = createPromptness({ ...context, report, versions: () => versions });
  const versions = createVersions({
    tables,
    now,
    onRelease: (one) => takes.onRelease(one),
    onIntention: (memberId) => ledger.begin(memberId),
  });

  function onTeamCall(call: TeamCall): void {
    brake.onTeamCall(call.kind);
    takes.onTeamCall(call);
    for (const id of call.memberIds ?? [call.memberId ?? call.groupId ?? '']) {
      asked.add(`${call.kind} ${call.memberIds === undefined ? '' : `${call.groupId} `}${id}`);
    }
  }

  function wasAsked(kind: string, id: string): boolean {
    return asked.has(`${kind} ${id}`);
  }

  function checkInvitations(): void {
    for (const write of world.team.writes.slice(checkedWrites)) {
      if (write.kind !== 'inviteMembers') continue;
      // Somebody else may hold the address by now: Dropbox says so, and nobody is invited twice.
      const ids = new Set(write.members.map(({ externalId }) => externalId));
      const own = write.present.filter(({ externalId = '' }) => ids.has(externalId));
      for (const { memberId, email } of own) {
        // A job that nobody has the id of may end between the question and the call: Dropbox sorts that out, and nobody else can.
        const arrivedAt = world.team.arrivedByJobAt(memberId) ?? -Infinity;
        if (now() - arrivedAt < jobSurpriseMs) continue;
        const isSecond = ledger.invited.has(memberId) || versions.userOf(memberId) !== undefined;
        if (isSecond) report(`an invitation of ${email}, who is in the team (${memberId})`);
      }
    }
    checkedWrites = world.team.writes.length;
  }

  function checkMembers(name: string): void {
    const next = new Map(world.team.members().map((member) => [member.memberId, member]));
    for (const [memberId, before] of ledger.members) {
      const after = next.get(memberId);
      if (isDeepStrictEqual(before, after)) continue;
      if (!isOurs(before)) report(`${name} touched ${memberId}, who is not ours`);
      else if (before.status !== after?.status) checkStanding(before, after);
      if (after !== undefined) checkExternalId(name, before, after);
    }
  }

  function checkStanding({ memberId, status }: TeamMember, after: TeamMember | undefined): void {
    const next = after?.status ?? 'removed';
    const isMade = callsThatMake(status, next).some((kind) => wasAsked(kind, memberId));
    if (!isMade) report(`${memberId} turned from ${status} into ${next}, and nobody had asked`);
  }

  function checkExternalId(name: string, before: TeamMember, after: TeamMember): void {
    if (before.externalId === undefined || before.externalId === after.externalId) return;
    report(`${name} changed the external id of ${before.memberId}`);
  }

  function checkGroups(name: string): void {
    const next = new Map(world.team.groups().map((group) => [group.groupId, group]));
    for (const [groupId, before] of ledger.groups) {
      const after = next.get(groupId);
      if (isDeepStrictEqual(before, after)) continue;
      if (after === undefined) {
        if (!wasAsked('deleteGroup', groupId)) report(`${name} deleted the group ${groupId}`);
      } else checkGroup(name, before, after);
    }
  }

  function checkGroup(
    name: string,
    before: TeamGroupWithMembers,
    after: TeamGroupWithMembers,
  ): void {
    const { groupId } = before;
    const members = new Map(world.team.members().map((one) => [one.memberId, one]));
    const isThere = (id: string): boolean => (members.get(id)?.status ?? 'removed') !== 'removed';
    const lost = [...before.memberIds].filter((id) => !after.memberIds.has(id) && isThere(id));
    for (const id of lost) {
      // Removed by a job, and recovered at once.
      if (wasAsked('removeMember', id)) continue;
      if (wasAsked('removeGroupMembers', `${groupId} ${id}`)) continue;
      report(`${name} took ${id} out of ${groupId}`);
    }
    const gained = [...after.memberIds].filter((id) => !before.memberIds.has(id));
    const isTouched = gained.length + lost.length > 0 || before.name !== after.name;
    if (isTouched && !isOurTeamGroup(after)) {
      report(`${name} touched the group ${groupId}, which is not ours`);
    }
    for (const id of gained) {
      const userId = members.get(id)?.externalId;
      if (!world.truth.everEdges.has(`${after.externalId} ${userId}`)) {
        report(`${name} put ${id} into ${groupId}, where Entra never had them`);
      }
    }
  }

  return {
    ...brake,
    breach: () => breach,
    onTeamCall,
    onTeamEffect(name) {
      checkInvitations();
      checkMembers(name);
      checkGroups(name);
      ledger.noteUs();
    },
    onTableWrite(table, partition, actions) {
      versions.onTableWrite(table, partition, actions);
      if (table === 'Watermarks' && context.isFair) promptness.onCycle();
    },
    passOverWrites() {
      checkedWrites = world.team.writes.length;
    },
    versions,
  };
}

/** The calls that may turn a member's status from the one into the other. */
function callsThatMake(status: string, next: string): readonly string[] {
  if (next === 'removed') return ['removeMember'];
  if (status === 'removed') return ['recoverMember'];
  if (next === 'suspended') return status === 'active' ? ['suspendMember'] : [];
  return status === 'suspended' ? ['unsuspendMember'] : [];
}
