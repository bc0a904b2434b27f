import { isDeepStrictEqual } from 'node:util';
import type { LogRecord } from '../model/log-record.ts';
import type { UserApplied, UserRow } from '../model/user-row.ts';
import { planUser } from '../plan/plan-user.ts';
import { saveUser } from './save-user.ts';
import { ringWaitingGroups, settledAt, type Hands } from './settle-user.ts';

const nobody = { byExternalId: undefined, byEmail: undefined };

/**
 * Saves what one call about a linked member has made true, the record of it first. Where nothing is left to be done, that is settled in the
 * same write; else returns the row, to be planned again. An intention that is kept is something left to be done. Undefined as well where
 * another worker was faster: then the person comes again.
 */
export async function saveStep(
  row: UserRow,
  applied: UserApplied,
  { record, ...hands }: Hands & { readonly record?: LogRecord },
): Promise<UserRow | undefined> {
  const { turn, deps } = hands;
  const isAll =
    applied.intended === null && planUser(row.desired, applied, nobody).kind === 'nothing';
  const begunAnew = { attempts: 0, nextTry: 0, error: null, jobId: null };
  const next = { ...applied, ...(isAll ? settledAt(row) : begunAnew) };
  const saved = await saveUser(row, next, {
    turn,
    deps,
    ...(record === undefined ? {} : { record }),
  });
  if (!isDeepStrictEqual(saved.applied, next)) return undefined;
  if (!isAll) return saved;
  await ringWaitingGroups(row, hands);
  return undefined;
}
