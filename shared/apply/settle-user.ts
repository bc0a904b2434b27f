import type { LogRecord } from '../model/log-record.ts';
import type { OperationKind } from '../model/operation.ts';
import type { MemberChanges, TeamMember } from '../model/target.ts';
import type { MemberTarget, UserApplied, UserRow } from '../model/user-row.ts';
import { userEntryId } from '../outbox/entry.ts';
import { targetOf } from '../plan/plan-user.ts';
import { loadMarkedGroups } from '../rows/edges.ts';
import type { ApplyDeps } from './deps.ts';
import { planEscrow, troubleSince } from './escrow.ts';
import { entryOfUser, saveUser, saveUsers } from './save-user.ts';
import type { Turn } from './turn.ts';
import { stillOurs } from './whose-work.ts';

/** Waits of a look for a lost answer: 2 s, 4 s, … up to an hour. */
const firstLookMs = 2_000;
const slowestLookMs = 3_600_000;

export interface Hands {
  readonly turn: Turn;
  readonly deps: ApplyDeps;
}

/** A person is linked to this member, and the member is as said. Whoever is newly linked rings the groups that wait for them. */
export async function settleLinked(
  row: UserRow,
  member: TeamMember,
  { turn, deps, record, origin }: Hands & { record?: LogRecord; origin: UserApplied['origin'] },
): Promise<UserRow> {
  const applied = linkedTo(row, member, origin);
  const isNew = row.applied.memberId === null;
  const saved = await saveUser(row, applied, {
    turn,
    deps,
    ...(record === undefined ? {} : { record }),
  });
  // As the row stands now: a group that was joined meanwhile has been looked at before this person was there.
  if (isNew || turn.slot.verify) turn.ringGroups(saved.source.groups);
  else await ringWaitingGroups(row, { turn, deps });
  return saved;
}

/** The same for people who have just been invited, whose records are written: together, since they are many. */
export async function settleInvited(
  invited: readonly { readonly row: UserRow; readonly member: TeamMember }[],
  hands: Hands,
): Promise<void> {
  const people = invited.map(({ row, member }) => ({
    row,
    applied: linkedTo(row, member, 'invited'),
  }));
  for (const saved of await saveUsers(people, hands)) {
    hands.turn.ringGroups(saved.source.groups);
    // Invited by a job that was begun before access was taken away again.
    if (saved.desired.takes !== 'none') {
      hands.turn.comeAgain(entryOfUser(saved, hands.deps.clock.now(), false));
    }
  }
}

function linkedTo(row: UserRow, member: TeamMember, origin: UserApplied['origin']): UserApplied {
  return {
    ...row.applied,
    ...settledAt(row),
    memberId: member.memberId,
    status: member.status,
    ...stillOurs(row.applied, member.status),
    actual: targetOf(member),
    origin: row.applied.origin ?? origin,
  };
}

/** Nothing more is to be done about this generation of desired. */
export async function settleUnchanged(row: UserRow, hands: Hands): Promise<void> {
  await saveUser(row, { ...row.applied, ...settledAt(row) }, hands);
  await ringWaitingGroups(row, hands);
}

/** Somebody who was to lose access and is wanted again may have joined groups in between: those were passed over, and left marked. */
export async function ringWaitingGroups(row: UserRow, { turn, deps }: Hands): Promise<void> {
  const { applied, desired, source } = row;
  const isWaitedFor = applied.memberId !== null && desired.takes === 'none';
  if (!isWaitedFor || applied.generation === desired.generation) return;
  turn.ringGroups(await loadMarkedGroups(deps.tables, row.id, source.groups));
}

/** Reasons to skip somebody that lie in the team as it is. */
const standsInDropbox = new Set([
  'addressHeldByOurs',
  'foreignExternalId',
  'ambiguousMatch',
  'removedInDropbox',
  'suspendedInDropbox',
  // Another admin may authorise us.
  'authorisingAdmin',
]);

/** Desired cannot be carried out as things are: said once. A reason that lies in Dropbox is looked at again, read back first. */
export async function settleSkipped(
  row: UserRow,
  skip: { readonly code: string; readonly detail: string },
  { turn, deps }: Hands,
): Promise<void> {
  const isKnown =
    row.applied.tried === row.desired.generation && row.applied.error?.code === skip.code;
  const before = isKnown ? row.applied : { attempts: 0, error: null };
  const escrow = planEscrow(before, skip, deps.clock.now());
  // What stands in Dropbox's way may go away there; what stands in Entra's is told by its streams.
  const waits = standsInDropbox.has(skip.code) ? escrow : { ...escrow, nextTry: 0 };
  const applied = { ...row.applied, ...settledAt(row), ...waits };
  if (isKnown && waits.nextTry === 0) return;
  const record = recordOf(row, deps, { operation: 'none', outcome: 'skipped', ...skip });
  const saved = await saveUser(row, applied, { turn, deps, ...(isKnown ? {} : { record }) });
  if (waits.nextTry > 0) turn.comeAgain(entryOfUser(saved, waits.nextTry, true));
}

/** Dropbox refused this person: into escrow, with its words. */
export async function settleRefused(
  row: UserRow,
  operation: OperationKind,
  refusal: { readonly code: string; readonly detail: string },
  { turn, deps }: Hands,
): Promise<void> {
  const before =
    row.applied.tried === row.desired.generation ? row.applied : { attempts: 0, error: null };
  const escrow = planEscrow(before, refusal, deps.clock.now());
  const applied: UserApplied = {
    ...row.applied,
    ...escrow,
    tried: row.desired.generation,
    jobId: null,
    // Clearly refused, so nothing of it can be found later.
    intended: row.applied.intended?.operation === operation ? null : row.applied.intended,
  };
  const { attempts: attempt } = escrow;
  const record = recordOf(row, deps, { operation, outcome: 'failed', ...refusal, attempt });
  const saved = await saveUser(row, applied, { turn, deps, record });
  if (escrow.nextTry > 0) turn.comeAgain(entryOfUser(saved, escrow.nextTry, false));
}

/**
 * True while an answer is lost. It stands in the row, because the entry that says "read back" may lie a moment ahead while another
 * entry of the same identity is due already.
 */
export function isAnswerLost({ error }: { readonly error: UserApplied['error'] }): boolean {
  return error?.code === 'answerLost';
}

/**
 * Dropbox could not be asked about somebody who may have been invited. That it is to be asked is written into the row: the entry which
 * says so lies ahead, and another one of the same person may be due before it.
 */
export async function rememberDoubt(row: UserRow, { turn, deps }: Hands): Promise<void> {
  if (row.applied.memberId !== null || !row.desired.given || isAnswerLost(row.applied)) return;
  const error = lostNote(row, deps);
  await saveUser(row, { ...row.applied, error }, { turn, deps });
}

/** An answer is lost: read back soon, and more and more slowly if it stays away. */
export async function settleLost(row: UserRow, { turn, deps }: Hands): Promise<void> {
  const now = deps.clock.now();
  const attempts = row.applied.attempts + 1;
  const due = now + Math.min(slowestLookMs, firstLookMs * 2 ** Math.min(attempts - 1, 12));
  turn.comeAgain(entryOfUser(row, due, true));
  const error = lostNote(row, deps);
  await saveUser(row, { ...row.applied, attempts, error, jobId: null }, { turn, deps });
}

function lostNote(row: UserRow, deps: ApplyDeps): UserApplied['error'] {
  const at = deps.clock.now();
  return {
    code: 'answerLost',
    detail: 'Dropbox gave no clear answer; it is read back before anything is repeated',
    at,
    since: troubleSince(row.applied.error, at),
  };
}

/** What says that nothing more is to be done about this generation of desired. */
export function settledAt(
  row: UserRow,
): Pick<
  UserApplied,
  'generation' | 'tried' | 'attempts' | 'nextTry' | 'error' | 'jobId' | 'intended'
> {
  const { generation } = row.desired;
  return {
    generation,
    tried: generation,
    attempts: 0,
    nextTry: 0,
    error: null,
    jobId: null,
    intended: null,
  };
}

/** A line of the provisioning log about one person. */
export function recordOf(
  row: UserRow,
  deps: ApplyDeps,
  what: Pick<LogRecord, 'operation' | 'outcome'> & {
    readonly code?: string;
    readonly detail?: string;
    readonly changes?: MemberChanges;
    readonly targetId?: string;
    readonly attempt?: number;
  },
): LogRecord {
  return {
    at: deps.clock.now(),
    identity: userEntryId(row.id),
    operation: what.operation,
    outcome: what.outcome,
    code: what.code ?? '',
    reason: what.detail ?? row.desired.because.join(', '),
    changes: changesOf(row.applied.actual, what.changes ?? {}),
    targetId: what.targetId ?? row.applied.memberId ?? '',
    ...(what.attempt === undefined ? {} : { attempt: what.attempt }),
  };
}

function changesOf(actual: MemberTarget | null, changes: MemberChanges): LogRecord['changes'] {
  const names = ['email', 'givenName', 'surname', 'externalId'] as const;
  return names.flatMap((name) => {
    const to = changes[name];
    return to === undefined ? [] : [{ name, from: actual?.[name] ?? '', to }];
  });
}
