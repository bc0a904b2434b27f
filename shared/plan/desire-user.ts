import { isDeepStrictEqual } from 'node:util';
import { mapUser, type MappedUser } from '../mapping/map-user.ts';
import type { Reason } from '../model/row-parts.ts';
import type { MemberTarget, UserDesired, UserSource } from '../model/user-row.ts';
import { graceEndsAt, type LeavingPolicy } from './leaving-policy.ts';
import { takeStrongest, type Taking, type TakingReason } from './taking.ts';

export interface DesireUserContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Other people who want the same address; empty where nobody does, or where this person already holds it. */
  readonly rivals: readonly string[];
  readonly policy: LeavingPolicy;
  /** Why the absence seen is no proof by itself; null where it is one; undefined where nothing new is known. */
  readonly doubt?: string | null;
}

/** What Dropbox should look like for a person, from what Entra says of them. The generation counts the changes. */
export function desireUser(
  id: string,
  source: UserSource,
  previous: UserDesired,
  context: DesireUserContext,
): UserDesired {
  const because = scopeReasons(source);
  const events = leavingEvents(source, because.length > 0, context.policy);
  const wanted = events.length === 0;
  const mapped = mapSource(id, source);
  const skip = wanted ? skipReason(mapped, context.rivals) : null;
  const given = previous.given || (wanted && skip === null);
  const next: UserDesired = {
    generation: previous.generation,
    presence: wanted ? 'member' : 'absent',
    target: targetOf(mapped) ?? previous.target,
    because,
    skip: given ? skip : (skip ?? blockedReason(source, because.length > 0)),
    given,
    ...takeAway(given ? events : [], previous, context),
    unlinks: wanted ? previous.unlinks : null,
  };
  return countChange(next, previous);
}

/** In scope because of what; empty for nothing. */
function scopeReasons({ roles, groups }: UserSource): string[] {
  return [...roles.map((role) => `role:${role}`), ...groups.map((group) => `group:${group}`)];
}

function mapSource(id: string, { attributes }: UserSource): MappedUser | undefined {
  return attributes === null ? undefined : mapUser(id, attributes);
}

function countChange(next: UserDesired, previous: UserDesired): UserDesired {
  const isSame = isDeepStrictEqual(next, previous);
  return isSame ? previous : { ...next, generation: previous.generation + 1 };
}

function targetOf(mapped: MappedUser | undefined): MemberTarget | undefined {
  return mapped?.kind === 'mapped' ? mapped.target : undefined;
}

/** The address a person wants in Dropbox, or undefined for one who wants none: out of scope, leaving, or not mappable. */
export function wantedAddress(id: string, source: UserSource): string | undefined {
  const inScope = source.roles.length + source.groups.length > 0;
  const isLeaving = !inScope || source.deleted !== 'no';
  if (source.attributes === null || isLeaving) return undefined;
  if (source.attributes['accountEnabled'] === false) return undefined;
  const mapped = mapUser(id, source.attributes);
  return mapped.kind === 'mapped' ? mapped.target.email : undefined;
}

interface LeavingEvent {
  readonly policy: LeavingPolicy['outOfScope'];
  readonly kind: TakingReason['kind'];
  readonly because: Reason;
}

/** What has happened in Entra that takes access away, whatever the policy makes of it. */
function leavingEvents(
  source: UserSource,
  inScope: boolean,
  policy: LeavingPolicy,
): readonly LeavingEvent[] {
  const events: LeavingEvent[] = [];
  const add = (
    kind: TakingReason['kind'],
    does: LeavingEvent['policy'],
    [code, detail]: readonly [string, string],
  ): void => {
    events.push({ policy: does, kind, because: { code, detail } });
  };
  if (source.deleted === 'hard') {
    add('said', policy.hardDeleted, ['hardDeleted', 'deleted for good in Entra']);
  }
  if (source.deleted === 'soft') {
    add('said', policy.softDeleted, ['softDeleted', 'deleted in Entra']);
  }
  if (source.attributes?.['accountEnabled'] === false) {
    add('said', policy.blocked, ['blocked', 'sign-in is blocked in Entra']);
  }
  if (!inScope) {
    add('missing', policy.outOfScope, [
      'notAssigned',
      'neither assigned to the app nor in a group that is',
    ]);
  }
  return events;
}

/** What is taken away, and since when the grace period counts. */
function takeAway(
  events: readonly LeavingEvent[],
  previous: UserDesired,
  context: DesireUserContext,
): Taking & Pick<UserDesired, 'leftSince'> {
  const hasGrace = events.some(({ policy }) => policy === 'suspendThenRemove');
  const leftSince = hasGrace ? previous.leftSince || context.now : 0;
  const reasons = events.map((event) => toReason(event, leftSince, context));
  return { ...takeStrongest(reasons, previous, context), leftSince };
}

function toReason(
  { policy: does, kind, because }: LeavingEvent,
  leftSince: number,
  { now, policy }: DesireUserContext,
): TakingReason {
  if (does !== 'suspendThenRemove') {
    return { effect: does === 'nothing' ? 'none' : does, kind, because };
  }
  const isOver = now >= graceEndsAt(leftSince, policy);
  return { effect: isOver ? 'remove' : 'suspend', kind, because };
}

/** Why nothing is provisioned for somebody who was never given anything although in scope; nothing is taken from them either. */
function blockedReason(source: UserSource, inScope: boolean): Reason | null {
  if (!inScope || source.deleted !== 'no') return null;
  return source.attributes?.['accountEnabled'] === false
    ? { code: 'blocked', detail: 'sign-in is blocked in Entra; invited when it is allowed again' }
    : null;
}

function skipReason(mapped: MappedUser | undefined, rivals: readonly string[]): Reason | null {
  if (mapped === undefined) {
    return { code: 'notReadable', detail: 'Entra has not shown this person yet' };
  }
  if (mapped.kind === 'refused') return mapped.reason;
  if (rivals.length === 0) return null;
  const others = rivals.slice(0, 5).join(', ');
  return { code: 'duplicateAddress', detail: `the same address is wanted by ${others}` };
}
