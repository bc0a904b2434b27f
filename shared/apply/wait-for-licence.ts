import type { GateKind, LicenceGate } from '../model/job.ts';
import type { UserRow } from '../model/user-row.ts';
import { askGate, closeGate, openGate } from '../outbox/licence-gate.ts';
import { refusalDetail } from './change-member.ts';
import { entryOfUser, saveUser } from './save-user.ts';
import { recordOf, type Hands } from './settle-user.ts';

/** What a licence is needed for, as far as Dropbox says. */
export type LicensedOperation = 'inviteMember' | 'recoverMember' | 'unsuspendMember';

const gates = {
  inviteMember: 'invite',
  recoverMember: 'recover',
  unsuspendMember: 'unsuspend',
} as const satisfies { readonly [operation in LicensedOperation]: GateKind };
const waitingCode = 'noLicence';

/**
 * Asked just before the call: `open` and `probe` let it be made, a probe for one person only. `closed`: no call, and the person waits
 * for the next probe.
 */
export async function askForLicence(
  row: UserRow,
  operation: LicensedOperation,
  hands: Hands,
): Promise<'open' | 'probe' | 'closed'> {
  const passage = await askGate(hands.deps, gates[operation]);
  if (passage.kind === 'closed') await settleWaiting(row, operation, passage.gate, hands);
  return passage.kind;
}

/** Dropbox refused these people for want of a licence, with this tag: the gate closes, and they wait, in no escrow. */
export async function settleNoLicence(
  rows: readonly UserRow[],
  operation: LicensedOperation,
  tag: string,
  hands: Hands,
): Promise<void> {
  const gate = await closeGate(hands.deps, gates[operation], tag);
  for (const row of rows) await settleWaiting(row, operation, gate, hands);
}

/** Dropbox took a call of this kind, made at `calledAt` (milliseconds since 1970): the gate opens if it was closed. */
export async function noteLicence(
  operation: LicensedOperation,
  calledAt: number,
  { deps }: Hands,
): Promise<void> {
  await openGate(deps, gates[operation], calledAt);
}

/** Puts off whoever waits for a licence that there is still none of, for no more than the look at the row; returns the others. */
export async function putOffWaiting(
  rows: readonly UserRow[],
  { turn, deps }: Hands,
): Promise<readonly UserRow[]> {
  if (turn.slot.verify || !rows.some(isWaiting)) return rows;
  const { gates: closed } = await deps.brake.look();
  return rows.filter((row) => {
    const gate = isWaiting(row) ? closed[gates[awaitedBy(row)]] : undefined;
    if (gate === undefined || deps.clock.now() >= gate.nextProbe) return true;
    turn.comeAgain(entryOfUser(row, gate.nextProbe, false));
    return false;
  });
}

/** True where nothing has changed since the person began to wait. */
function isWaiting({ applied, desired }: UserRow): boolean {
  if (applied.error?.code !== waitingCode || applied.jobId !== null) return false;
  return applied.tried === desired.generation && desired.takes === 'none';
}

function awaitedBy({ applied }: UserRow): LicensedOperation {
  if (applied.memberId === null) return 'inviteMember';
  return applied.status === 'removed' ? 'recoverMember' : 'unsuspendMember';
}

/** The row says why and the log says it once; whoever waits already costs no write. */
async function settleWaiting(
  row: UserRow,
  operation: LicensedOperation,
  { nextProbe, code }: LicenceGate,
  hands: Hands,
): Promise<void> {
  const { turn, deps } = hands;
  if (isWaiting(row)) return turn.comeAgain(entryOfUser(row, nextProbe, false));
  const at = deps.clock.now();
  const known = row.applied.error?.code === waitingCode ? row.applied.error : undefined;
  const note = { code: waitingCode, detail: refusalDetail(code) };
  const applied = {
    ...row.applied,
    error: { ...note, at, since: known?.since ?? at },
    tried: row.desired.generation,
    attempts: 0,
    nextTry: nextProbe,
    jobId: null,
  };
  const record = recordOf(row, deps, { operation, outcome: 'skipped', ...note });
  const saved = await saveUser(row, applied, {
    ...hands,
    ...(known === undefined ? { record } : {}),
  });
  turn.comeAgain(entryOfUser(saved, nextProbe, false));
}
