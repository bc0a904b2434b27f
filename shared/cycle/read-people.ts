import type { PersonFact } from './absorb-people.ts';
import { absorbPeople } from './absorb-people.ts';
import { addToState } from './add-to-state.ts';
import type { Step } from './step.ts';

/** Fifteen ids are one part, twenty parts one `$batch`. */
const idsPerBatch = 300;

/** People newly in scope whose attributes have never been read. Whom Entra does not show stays a stub until a stream tells more. */
export const readPeople: Step = async (state, { deps }) => {
  const userIds = state.toRead.slice(0, idsPerBatch);
  if (userIds.length === 0) return { ...state, phase: 'close' };
  const { users } = await deps.entra.readByIds({ userIds, groupIds: [] });
  const facts = new Map(users.map((user): [string, PersonFact] => [user.id, { user }]));
  const rest = { ...state, toRead: state.toRead.slice(idsPerBatch) };
  const absorbed = await absorbPeople(deps, facts);
  return addToState(rest, { ...absorbed, unknown: [] });
};
