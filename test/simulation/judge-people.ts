import type { TeamMember } from '../../shared/model/target.ts';
import type { HeldEffect } from '../../shared/model/row-parts.ts';
import { isMore } from '../../shared/plan/taking.ts';
import type { MemoryUser } from '../memory/memory-entra.ts';
import { foreignUserId, usersInScope, wantedUsers } from './directory.ts';
import { isOurs } from './ledger.ts';
import type { Rows } from './outcome.ts';
import type { Stage } from './stage.ts';

/** A cycle notices some minutes later than things happen; after a fault, some more. */
const noticedMs = 3 * 3_600_000;
const dayMs = 86_400_000;

/** What is wrong about the members of the team. */
export function judgePeople(stage: Stage, rows: Rows): readonly string[] {
  const { world } = stage;
  const wanted = wantedUsers(world.entra);
  return [
    ...world.entra.users().flatMap((user) => {
      if (user.id === foreignUserId) return [];
      const own = membersOf(stage, user.id).filter(({ status }) => status !== 'removed');
      const twice = own.length > 1 ? [`${user.id} is in the team ${own.length} times`] : [];
      const isWanted = wanted.has(user.id);
      const wrong = isWanted ? judgeWanted(stage, user, own[0]) : judgeOther(stage, user, rows);
      return [...twice, ...wrong, ...judgeNeverWanted(stage, user, own)];
    }),
    ...judgeUnknown(stage, rows),
  ];
}

function membersOf({ world }: Stage, userId: string): readonly TeamMember[] {
  return world.team.members().filter(({ externalId }) => externalId === userId);
}

function judgeNeverWanted(
  { world, ledger }: Stage,
  { id }: MemoryUser,
  own: readonly TeamMember[],
): readonly string[] {
  const isInvited = own.some(({ memberId }) => ledger.invited.has(memberId));
  return isInvited && !world.truth.everWanted.has(id) ? [`${id} was invited and never wanted`] : [];
}

function judgeWanted(
  stage: Stage,
  user: MemoryUser,
  member: TeamMember | undefined,
): readonly string[] {
  const { id, mail, givenName, surname } = user;
  if (isContested(stage, user)) return [];
  if (member === undefined) {
    // What was removed by somebody else is invited anew only where a person lets the link go.
    return stage.operator.refused.has(`x:${id}`) ? [] : [`${id} should be in the team, and is not`];
  }
  const should = `${givenName} ${surname} ${mail}`;
  const is = `${member.givenName} ${member.surname} ${member.email}`;
  return [...(should === is ? [] : [`${id} should be ${should}, and is ${is}`]), ...judgeStatus()];

  function judgeStatus(): readonly string[] {
    if (member?.status !== 'suspended') return [];
    const doer = stage.ledger.suspendedBy(member.memberId);
    return doer === 'us' ? [`${id} is wanted again, and still suspended by us`] : [];
  }
}

/** Somebody else in Entra wants the same address, or holds it in the team: then one of the two waits. */
function isContested({ world }: Stage, { id, mail }: MemoryUser): boolean {
  const rival = world.entra.users().some((user) => user.id !== id && user.mail === mail);
  const holder = world.team
    .members()
    .some((member) => member.email === mail && member.externalId !== id);
  return rival || holder;
}

/** Who is not wanted, as things are: in scope without an address, blocked, deleted, or out of scope. */
function judgeOther(stage: Stage, user: MemoryUser, rows: Rows): readonly string[] {
  const { world, operator } = stage;
  const least = expectedTaking(stage, user);
  const most = mostOf(stage);
  const refused = operator.refused.has(`u:${user.id}`);
  return membersOf(stage, user.id)
    .filter((member) => isManaged(stage, member, rows))
    .flatMap((member) => {
      if (member.memberId === world.admin || isProtected(stage, user)) {
        return takenOf(member) !== 'none' && stage.ledger.suspendedBy(member.memberId) === 'us'
          ? [`${user.id} is spared, and ${member.status}`]
          : [];
      }
      const taken = takenOf(member);
      return [
        ...(isMore(least, taken) && !refused
          ? [`${user.id} should have lost access (${least}), and is ${member.status}`]
          : []),
        ...(isByUs(stage, member) && isMore(taken, most)
          ? [`nothing takes away more than ${most}, and ${user.id} is ${member.status}`]
          : []),
      ];
    });
}

function isProtected({ character }: Stage, { id }: MemoryUser): boolean {
  return character.guards.protectedMembers.includes(id);
}

function isByUs({ ledger }: Stage, { memberId, status }: TeamMember): boolean {
  const doer = status === 'removed' ? ledger.removedBy(memberId) : ledger.suspendedBy(memberId);
  return doer === 'us';
}

function takenOf({ status }: TeamMember): HeldEffect {
  if (status === 'removed') return 'remove';
  return status === 'suspended' ? 'suspend' : 'none';
}

/** Invited or adopted by us; whoever was there before and was never taken on is none of our business. */
function isManaged({ ledger }: Stage, { memberId }: TeamMember, { users }: Rows): boolean {
  return ledger.invited.has(memberId) || users.some(({ applied }) => applied.memberId === memberId);
}

type Policy = 'suspend' | 'suspendThenRemove' | 'remove' | 'nothing';

/** What the policy makes of how the person stands in Entra: what must be taken away by now. */
function expectedTaking(stage: Stage, user: MemoryUser): HeldEffect {
  const { leaving, resets } = stage.character;
  const inScope = usersInScope(stage.world.entra).has(user.id);
  const policies: Policy[] = [];
  // Of somebody deleted nobody tells that they were blocked; nor, where the streams were forgotten, of somebody out of scope.
  const isToldOf = user.state === 'present' && (inScope || !resets);
  if (!user.accountEnabled && isToldOf) policies.push(leaving.blocked);
  if (user.state === 'soft') policies.push(leaving.softDeleted);
  if (user.state === 'hard') policies.push(leaving.hardDeleted);
  // Entra shows nobody's assignments and memberships who is deleted: the cycle may still believe them to be in scope.
  if (user.state === 'present' && !inScope) policies.push(leaving.outOfScope);
  return strongest(policies.map((policy) => effectOf(stage, user, policy)));
}

/** Suspended at once, removed when the grace period is over, as the cycle has noticed it. */
function effectOf(
  { character, world, now }: Stage,
  { id }: MemoryUser,
  policy: Policy,
): HeldEffect {
  if (policy === 'nothing') return 'none';
  if (policy !== 'suspendThenRemove') return policy;
  const outMs = now() - (world.truth.outSince(id) ?? now());
  const isOver = outMs > character.leaving.removeAfterDays * dayMs + noticedMs;
  return isOver ? 'remove' : 'suspend';
}

/** The most that any event takes away: whoever lost it once for another reason than today's stays out. */
function mostOf({ character }: Stage): HeldEffect {
  const { blocked, outOfScope, softDeleted, hardDeleted } = character.leaving;
  const policies = [blocked, outOfScope, softDeleted, hardDeleted];
  return strongest(
    policies.map((policy) => {
      if (policy === 'nothing') return 'none';
      return policy === 'suspend' ? 'suspend' : 'remove';
    }),
  );
}

function strongest(effects: readonly HeldEffect[]): HeldEffect {
  return effects.reduce((one, other) => (isMore(other, one) ? other : one), 'none');
}

/** Whoever has our id in the team is known to a row. */
function judgeUnknown({ world, ledger }: Stage, { users }: Rows): readonly string[] {
  const linked = new Set(users.map(({ applied }) => applied.memberId));
  return world.team.members().flatMap((member) => {
    const isUnknown =
      isOurs(member) &&
      member.status !== 'removed' &&
      ledger.invited.has(member.memberId) &&
      !linked.has(member.memberId);
    return isUnknown ? [`${member.externalId} is in the team, and nobody knows`] : [];
  });
}
