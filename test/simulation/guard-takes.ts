import type { HeldEffect } from '../../shared/model/row-parts.ts';
import { isMore } from '../../shared/plan/taking.ts';
import type { Character } from './character.ts';
import { protectedUserId } from './directory.ts';
import type { Ledger } from './ledger.ts';
import type { Operator } from './operator.ts';
import type { TeamCall } from './ports.ts';
import type { Scheduler } from './scheduler.ts';
import type { Versions, Release } from './versions.ts';
import type { World } from './world.ts';

/** Watches whatever takes access away: that it was released, rightly, and within the budget; and that what is given back was ours. */
export interface TakesGuard {
  onTeamCall(call: TeamCall): void;
  onRelease(release: Release): void;
}

export interface TakesContext {
  readonly scheduler: Scheduler;
  readonly world: World;
  readonly character: Character;
  readonly ledger: Ledger;
  readonly operator: Operator;
  readonly versions: () => Versions;
  readonly startAt: number;
  readonly report: (text: string) => void;
}

const hourMs = 3_600_000;
/** A list that lags, and the time between its being read and its being judged. */
const slackMs = 60_000;

export function createTakesGuard(context: TakesContext): TakesGuard {
  const { scheduler, world, character, ledger, operator, startAt, report } = context;
  const { truth } = world;
  /** A person has let these through. */
  const approved = new Set<Release>();
  const budget = createBudgetGuard(context);

  /** Released although Entra never showed them gone, whatever any list or witness said? */
  function checkRelease(release: Release): void {
    const { id, effect } = release;
    const { listLagMs, streamLagMs } = character;
    // The witness is asked in this very cycle; but of a nested group whole reads outweigh it, and the streams tell later who came since.
    const lag = (truth.hasNested() ? Math.max(listLagMs, streamLagMs) : listLagMs) + slackMs;
    const approvedAt = operator.useApproval(id) ?? Infinity;
    if (approvedAt < Infinity) approved.add(release);
    const since = Math.min(context.versions().cycleStartedAt() - lag, approvedAt);
    const [kind = '', one = '', other = ''] = id.split(':');
    const wasOut =
      kind === 'u'
        ? truth.wasOut(one, since)
        : kind === 'g'
          ? truth.wasUnassigned(one, since)
          : truth.wasOutOfGroup(one, other, since);
    if (!wasOut) report(`${effect} of ${id} was released although Entra never showed them gone`);
  }

  function checkTaking({ kind, memberId = '', wipeData }: TeamCall): void {
    const userId = context.versions().userOf(memberId);
    if (wipeData === true) report(`${kind} wipes the devices of ${memberId}`);
    if (memberId === world.admin) report(`${kind} of ${memberId}, who authorised us`);
    if (userId === undefined) return report(`${kind} of ${memberId}, whom no row links`);
    if (userId === protectedUserId && character.guards.protectedMembers.length > 0) {
      report(`${kind} of ${userId}, who is protected`);
    }
    if (!truth.wasOut(userId, startAt)) report(`${kind} of ${userId}, who was never out of Entra`);
    checkReleased(kind, { userId, memberId });
  }

  function checkReleased(
    kind: string,
    { userId, memberId }: { readonly userId: string; readonly memberId: string },
  ): void {
    const versions = context.versions();
    const effect: HeldEffect = kind === 'suspendMember' ? 'suspend' : 'remove';
    const carried = isCancelled(userId, memberId) && effect === 'remove' ? 'suspend' : effect;
    const intended = versions.intended(userId);
    const isIntended = intended?.applied.intended?.operation === kind;
    if (!isIntended || isMore(carried, intended?.effective ?? 'none')) {
      return report(`${kind} of ${userId} (${memberId}) without a release`);
    }
    budget.onTaken('people', versions.lastRelease(`u:${userId}`, carried));
  }

  /** An invitation is taken back where Dropbox cannot suspend whoever has not accepted it. */
  function isCancelled(userId: string, memberId: string): boolean {
    const status = context.versions().intended(userId)?.applied.status;
    const isInvited = ledger.members.get(memberId)?.status === 'invited';
    return isInvited || status === 'invited';
  }

  function checkReturn({ kind, memberId = '' }: TeamCall): void {
    if (context.versions().userOf(memberId) === undefined) {
      report(`${kind} of ${memberId}, whom no row links`);
    }
    const isRecovery = kind === 'recoverMember';
    const doer = isRecovery ? ledger.removedBy(memberId) : ledger.suspendedBy(memberId);
    if (doer === 'hand') report(`${kind} of ${memberId}, which somebody else had done`);
  }

  function checkTakenOut({ groupId = '', memberIds = [] }: TeamCall): void {
    const versions = context.versions();
    const id = versions.groupOf(groupId);
    if (id === undefined) return report(`people taken out of ${groupId}, which no row links`);
    for (const memberId of memberIds) {
      const userId = versions.userOf(memberId);
      const what = `${userId ?? memberId} taken out of ${id}`;
      if (userId === undefined) report(`${what}, whom no row links`);
      else if (!truth.wasOutOfGroup(id, userId, startAt)) {
        report(`${what}, who was in it in Entra all the time`);
      } else checkEdgeReleased(id, userId, what);
      if (userId !== undefined && !truth.everEdges.has(`${id} ${userId}`)) {
        report(`${what}, who was put in by hand`);
      }
    }
  }

  function checkEdgeReleased(groupId: string, userId: string, what: string): void {
    const versions = context.versions();
    const { startedAt } = scheduler.current();
    const ofGroup = versions.groupReleasedAt(groupId, 'remove') >= startedAt;
    const ofEdge = versions.edgeReleasedAt(groupId, userId) >= startedAt;
    if (!ofGroup && !ofEdge) return report(`${what} without a release`);
    const id = ofEdge ? `e:${groupId}:${userId}` : `g:${groupId}`;
    budget.onTaken('memberships', versions.lastRelease(id, 'remove'));
  }

  function checkDeletion({ groupId = '' }: TeamCall): void {
    const versions = context.versions();
    const id = versions.groupOf(groupId);
    if (id === undefined) return report(`the group ${groupId} deleted, which no row links`);
    if (!ledger.ourGroups.has(groupId)) report(`the group ${id} deleted, which we did not create`);
    if (versions.groupReleasedAt(id, 'delete') < scheduler.current().startedAt) {
      report(`the group ${id} deleted without a release`);
    }
  }

  return {
    onRelease: checkRelease,
    onTeamCall(call) {
      if (call.kind === 'suspendMember' || call.kind === 'removeMember') checkTaking(call);
      else if (call.kind === 'unsuspendMember' || call.kind === 'recoverMember') checkReturn(call);
      else if (call.kind === 'removeGroupMembers') checkTakenOut(call);
      else if (call.kind === 'deleteGroup') checkDeletion(call);
    },
  };

  function createBudgetGuard(of: TakesContext): {
    onTaken(kind: 'people' | 'memberships', release: Release | undefined): void;
  } {
    const spent = { people: new Set<Release>(), memberships: new Set<Release>() };
    return {
      onTaken(kind, release) {
        if (release === undefined || release.weight === 0) return;
        if (approved.has(release)) return;
        spent[kind].add(release);
        const { people, percent, windowHours } = of.character.guards.budget;
        const versions = of.versions();
        const managed = kind === 'people' ? versions.mostLinked() : versions.mostEdges();
        const limit = Math.max(people, Math.floor((managed * percent) / 100));
        const from = release.at - windowHours * hourMs;
        let sum = 0;
        for (const { at, weight } of spent[kind]) {
          if (at > from && at <= release.at) sum += weight;
        }
        if (sum <= limit) return;
        report(`${sum} ${kind} lose access within ${windowHours} hours: more than ${limit}`);
      },
    };
  }
}
