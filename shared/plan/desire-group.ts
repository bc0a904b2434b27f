import { isDeepStrictEqual } from 'node:util';
import type { GroupDesired, GroupSource } from '../model/group-row.ts';
import type { Reason } from '../model/row-parts.ts';
import type { LeavingPolicy } from './leaving-policy.ts';
import { takeStrongest, type TakingReason } from './taking.ts';

export interface DesireGroupContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Other assigned groups that want the same name. */
  readonly rivals: readonly string[];
  readonly policy: Pick<LeavingPolicy, 'group'>;
  /** Why the absence seen is no proof by itself; null where it is one; undefined where nothing new is known. */
  readonly doubt?: string | null;
}

/** What Dropbox should look like for a group, from what Entra says of it. The generation counts the changes. */
export function desireGroup(
  source: GroupSource,
  previous: GroupDesired,
  context: DesireGroupContext,
): GroupDesired {
  const leaving = leavingReasons(source, context.policy);
  const wanted = leaving.length === 0;
  const skip = wanted ? skipReason(source, context.rivals) : null;
  const given = previous.given || (wanted && skip === null);
  const next: GroupDesired = {
    generation: previous.generation,
    presence: wanted ? 'group' : 'absent',
    name: source.displayName?.trim() || previous.name,
    skip,
    given,
    ...takeStrongest(given ? leaving : [], previous, context),
  };
  return isDeepStrictEqual(next, previous)
    ? previous
    : { ...next, generation: previous.generation + 1 };
}

/** The name a group wants in Dropbox, or undefined for one that wants none. */
export function wantedGroupName(source: GroupSource): string | undefined {
  if (source.deleted !== 'no' || source.roles.length === 0) return undefined;
  return source.displayName?.trim() || undefined;
}

function leavingReasons(
  source: GroupSource,
  policy: DesireGroupContext['policy'],
): readonly TakingReason[] {
  const effect = policy.group === 'delete' ? ('delete' as const) : ('remove' as const);
  if (source.deleted !== 'no') {
    const because = { code: 'groupDeleted', detail: 'the group is deleted in Entra' };
    return [{ effect, kind: 'said', because }];
  }
  if (source.roles.length > 0) return [];
  const because = { code: 'groupNotAssigned', detail: 'the group is not assigned to the app' };
  return [{ effect, kind: 'missing', because }];
}

function skipReason(source: GroupSource, rivals: readonly string[]): Reason | null {
  if (!source.displayName?.trim()) {
    return { code: 'groupNameMissing', detail: 'Entra has not shown a name of this group yet' };
  }
  if (rivals.length === 0) return null;
  const others = rivals.slice(0, 5).join(', ');
  return { code: 'duplicateGroupName', detail: `the same name is wanted by ${others}` };
}
