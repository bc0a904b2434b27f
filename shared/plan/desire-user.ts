import { isDeepStrictEqual } from 'node:util';
import { mapUser, type MappedUser } from '../mapping/map-user.ts';
import type { Reason } from '../model/row-parts.ts';
import type { MemberTarget, UserDesired, UserSource } from '../model/user-row.ts';
import { takeStrongest, type TakingReason } from './taking.ts';

export interface DesireUserContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Other people who want the same address; empty where nobody does, or where this person already holds it. */
  readonly rivals: readonly string[];
}

/** What Dropbox should look like for a person, from what Entra says of them. The generation counts the changes. */
export function desireUser(
  id: string,
  source: UserSource,
  previous: UserDesired,
  context: DesireUserContext,
): UserDesired {
  const because = [
    ...source.roles.map((role) => `role:${role}`),
    ...source.groups.map((group) => `group:${group}`),
  ];
  const leaving = leavingReasons(source, because.length > 0);
  const wanted = leaving.length === 0;
  const mapped = source.attributes === null ? undefined : mapUser(id, source.attributes);
  const skip = wanted ? skipReason(mapped, context.rivals) : null;
  const given = previous.given || (wanted && skip === null);
  const next: UserDesired = {
    generation: previous.generation,
    presence: wanted ? 'member' : 'absent',
    target: targetOf(mapped) ?? previous.target,
    because,
    skip: skip ?? (given ? null : blockedReason(source, because.length > 0)),
    given,
    ...takeStrongest(given ? leaving : [], previous, context.now),
  };
  return countChange(next, previous);
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
  if (source.attributes === null || leavingReasons(source, inScope).length > 0) return undefined;
  const mapped = mapUser(id, source.attributes);
  return mapped.kind === 'mapped' ? mapped.target.email : undefined;
}

function leavingReasons(source: UserSource, inScope: boolean): readonly TakingReason[] {
  const reasons: TakingReason[] = [];
  const add = (
    effect: TakingReason['effect'],
    kind: TakingReason['kind'],
    [code, detail]: readonly [string, string],
  ): void => {
    reasons.push({ effect, kind, because: { code, detail } });
  };
  if (source.deleted === 'hard') {
    add('remove', 'said', ['hardDeleted', 'deleted for good in Entra']);
  }
  if (source.deleted === 'soft') add('suspend', 'said', ['softDeleted', 'deleted in Entra']);
  if (source.attributes?.['accountEnabled'] === false) {
    add('suspend', 'said', ['blocked', 'sign-in is blocked in Entra']);
  }
  if (!inScope) {
    add('suspend', 'missing', [
      'notAssigned',
      'neither assigned to the app nor in a group that is',
    ]);
  }
  return reasons;
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
