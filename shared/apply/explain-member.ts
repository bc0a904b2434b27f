import type { LogRecord } from '../model/log-record.ts';
import type { OperationKind } from '../model/operation.ts';
import type { MemberStatus, TeamMember } from '../model/target.ts';
import type { UserApplied, UserRow } from '../model/user-row.ts';
import { targetOf } from '../plan/plan-user.ts';
import { stillOurs } from './whose-work.ts';

export interface Explained {
  /** Applied, with what was found. */
  readonly applied: UserApplied;
  /** The call of ours whose effect this is, where its answer never came. */
  readonly done: OperationKind | undefined;
  /** What differs from applied and is nobody's work that we know of. */
  readonly drift: LogRecord['changes'];
}

/**
 * Pure. What it means that Dropbox shows a linked member like this (undefined: it knows nobody of that id): the effect of a call that was
 * begun counts as ours, everything else that differs is drift. A status this release does not know says nothing new.
 */
export function explainMember(
  { applied, desired }: Pick<UserRow, 'applied' | 'desired'>,
  found: TeamMember | undefined,
): Explained {
  const status = statusOf(applied, found);
  const done = doneBy(applied, status);
  const isGone = found === undefined || found.status === 'removed';
  const actual = isGone ? applied.actual : targetOf(found);
  const flags = stillOurs(applied, status);
  const next: UserApplied = {
    ...applied,
    status,
    actual,
    suspendedByUs: flags.suspendedByUs || done === 'suspendMember',
    removedByUs: flags.removedByUs || done === 'removeMember',
    // Whatever job it was, its answer is known by now.
    jobId: null,
  };
  const isAccepted = applied.status === 'invited' && status === 'active';
  const isExplained = done !== undefined || isAccepted || status === applied.status;
  const moved = isExplained ? [] : [{ name: 'status', from: applied.status, to: status }];
  return { applied: next, done, drift: [...moved, ...changedValues(applied, actual, desired)] };
}

function statusOf(applied: UserApplied, found: TeamMember | undefined): MemberStatus | 'none' {
  if (found === undefined) return 'removed';
  return found.status === 'unknown' ? applied.status : found.status;
}

/** The operation that was begun, if this status is what it makes of the one before. */
function doneBy(
  { intended, status: before }: UserApplied,
  status: UserApplied['status'],
): OperationKind | undefined {
  if (intended === null || status === before) return undefined;
  const makes = effects.find(
    (effect) =>
      effect.of === intended.operation &&
      (effect.from === undefined || effect.from === before) &&
      (effect.to === undefined || effect.to === status),
  );
  return makes?.done;
}

interface Effect {
  readonly of: OperationKind;
  readonly from?: UserApplied['status'];
  readonly to?: UserApplied['status'];
  readonly done: OperationKind;
}

const effects: readonly Effect[] = [
  { of: 'suspendMember', to: 'suspended', done: 'suspendMember' },
  { of: 'removeMember', to: 'removed', done: 'removeMember' },
  // Asked whether an invitation had been accepted just before it was removed: it had.
  { of: 'removeMember', from: 'removed', done: 'recoverMember' },
  { of: 'unsuspendMember', from: 'suspended', to: 'active', done: 'unsuspendMember' },
  { of: 'recoverMember', from: 'removed', done: 'recoverMember' },
];

/** Values that somebody else has changed. While an answer is lost it may have been us, and what is as desired is nothing to mend. */
function changedValues(
  applied: UserApplied,
  actual: UserApplied['actual'],
  { target }: UserRow['desired'],
): LogRecord['changes'] {
  const before = applied.actual;
  const isInDoubt = applied.intended !== null || applied.error?.code === 'answerLost';
  if (isInDoubt || before === null || actual === null) return [];
  const names = ['email', 'givenName', 'surname', 'externalId'] as const;
  return names.flatMap((name) => {
    const [from, to] = [before[name], actual[name]];
    return from === to || to === target?.[name] ? [] : [{ name, from, to }];
  });
}
