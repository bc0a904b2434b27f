import type { UserApplied } from '../model/user-row.ts';

type Flags = Pick<UserApplied, 'suspendedByUs' | 'removedByUs'>;

/**
 * What of the member's standing in Dropbox is our own work, now that the status is this one: a suspension or removal that is over is
 * nobody's any more. One that outlasts a removal is still there after a recovery.
 */
export function stillOurs(applied: Flags, status: UserApplied['status']): Flags {
  const isOut = status === 'suspended' || status === 'removed' || status === 'unknown';
  return {
    suspendedByUs: applied.suspendedByUs && isOut,
    removedByUs: applied.removedByUs && (status === 'removed' || status === 'unknown'),
  };
}
