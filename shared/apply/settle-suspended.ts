import type { LogRecord } from '../model/log-record.ts';
import type { UserRow } from '../model/user-row.ts';
import { saveStep } from './save-step.ts';
import { recordOf, type Hands } from './settle-user.ts';

/** Whose work an effect is that was found or made, and which of the two. */
export interface Taken {
  readonly ours: boolean;
  readonly outcome: 'applied' | 'alreadyDone';
}

/** A member is suspended: by us, or by somebody else, and then it is theirs to lift. Returns the row where something is left to be done. */
export function settleSuspended(
  row: UserRow,
  { ours, outcome }: Taken,
  hands: Hands,
): Promise<UserRow | undefined> {
  const detail = 'somebody else had suspended the member; it is left to them to lift that';
  const why = ours ? whyTaken(row) : { code: 'suspendedInDropbox', detail };
  const record = recordOf(row, hands.deps, { operation: 'suspendMember', outcome, ...why });
  const applied = {
    ...row.applied,
    status: 'suspended' as const,
    suspendedByUs: ours,
    intended: null,
  };
  return saveStep(row, applied, { ...hands, record });
}

/** Why access is taken away, for the log. Nothing where the person is wanted again by now. */
export function whyTaken({ desired }: UserRow): Partial<Pick<LogRecord, 'code'>> & {
  readonly detail?: string;
} {
  return desired.takesBecause ?? {};
}
