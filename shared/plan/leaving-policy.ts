import type { Provisioning } from '../config/provisioning.ts';

/** What is taken away on which event: the part `leaving` of provisioning.json. */
export type LeavingPolicy = Provisioning['leaving'];

const dayMs = 86_400_000;

/** When the grace period of somebody who left then ends, in whole milliseconds since 1970: the time becomes part of a key. */
export function graceEndsAt(
  leftSince: number,
  policy: Pick<LeavingPolicy, 'removeAfterDays'>,
): number {
  return Math.ceil(leftSince + policy.removeAfterDays * dayMs);
}
