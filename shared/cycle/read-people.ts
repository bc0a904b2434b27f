import type { CycleState } from '../model/cycle-state.ts';
import type { PersonFact } from './absorb-people.ts';
import { absorbPeople } from './absorb-people.ts';
import { addToState } from './add-to-state.ts';
import type { Step } from './step.ts';

/** Fifteen ids are one part, twenty parts one `$batch`. */
const idsPerBatch = 300;

/** So many people whom Entra does not show are remembered; the streams tell of the others. */
const unresolvedLimit = 1_000;

/** The team is listed again where it is to be compared with what we applied; an initial cycle has listed it at its beginning. */
function phaseAfter({ kind, reconciles }: CycleState): CycleState['phase'] {
  if (kind === 'initial') return 'leavers';
  return reconciles ? 'team' : 'judge';
}

/** People newly in scope whose attributes have never been read. Whom Entra does not show stays a stub until a stream tells more. */
export const readPeople: Step = async (state, { deps }) => {
  const userIds = state.toRead.slice(0, idsPerBatch);
  if (userIds.length === 0) return { ...state, phase: phaseAfter(state) };
  const { users } = await deps.entra.readByIds({ userIds, groupIds: [] });
  const facts = new Map(
    users.map((user): [string, PersonFact] => [
      user.id,
      { user, isListed: true, epoch: state.epoch },
    ]),
  );
  const found = new Set(users.map(({ id }) => id));
  const hidden = userIds.filter((id) => !found.has(id));
  const absorbed = await absorbPeople(deps, facts);
  const still = new Set([...state.unresolved, ...hidden, ...absorbed.unknown]);
  const unresolved = [...still].slice(0, unresolvedLimit);
  const rest = { ...state, unresolved, toRead: state.toRead.slice(idsPerBatch) };
  return addToState(rest, { ...absorbed, unknown: [] });
};
