import { isDeepStrictEqual } from 'node:util';
import type { CycleState } from '../../model/cycle-state.ts';
import type { TeamMember } from '../../model/target.ts';
import type { UserRow } from '../../model/user-row.ts';
import { ranks, userEntryId } from '../../outbox/entry.ts';
import { schedule } from '../../outbox/schedule.ts';
import { targetOf } from '../../plan/plan-user.ts';
import { loadListedMembers } from '../../rows/inventory.ts';
import { readUsers } from '../../rows/read-users.ts';
import type { CycleDeps } from '../deps.ts';
import { listingOf } from '../list-team.ts';
import { savePeople, type ChangedPerson } from '../save-people.ts';
import { askMembers, membersPerQuestion } from './ask-members.ts';
import { formatDriftPosition, type DriftPosition } from './drift-position.ts';
import { holdLinks, mayUnlink } from './hold-links.ts';

/** So many rows at a time, and no more than one question to Dropbox. */
const rowsPerStep = 1_000;

/** A person with the member as the listing shows it, or as Dropbox says when asked; undefined where it does neither. */
interface Pair {
  readonly row: UserRow;
  readonly member: TeamMember | undefined;
}

/**
 * The next people, compared with their members as listed. Whoever differs is scheduled to be read back: the worker says what drifted, as the
 * listing may be older than what it has applied since. Whoever is not listed is asked about by id; a link that leads nowhere is held.
 */
export async function comparePeople(
  state: CycleState,
  position: DriftPosition,
  deps: CycleDeps,
): Promise<CycleState> {
  const { people, unlisted, after, isLast } = await takePeople(state, position, deps);
  const asked = await askPeople(unlisted, deps);
  const gone = asked.filter(({ member }) => member === undefined).map(({ row }) => row);
  const known = asked.filter(({ member }) => member !== undefined);
  const differing = [...people, ...known].filter(isDifferent);
  await keepLinks([...people, ...known], deps);
  await holdLinks(gone.filter(mayUnlink), deps);
  const scheduled = [
    ...differing.map(({ row }) => row),
    // Whoever we know to be gone has been read back.
    ...gone.filter(({ applied }) => applied.status !== 'removed'),
  ];
  await scheduleToVerify(scheduled, deps);
  const next: DriftPosition = {
    ...position,
    stage: isLast ? 'groups' : 'people',
    after,
    differing: position.differing + differing.filter((pair) => !isAcceptance(pair)).length,
    gone: position.gone + gone.length,
    short: position.short + known.filter(({ row }) => row.applied.status !== 'removed').length,
  };
  const cursor = formatDriftPosition(next);
  return { ...state, cursor, scheduled: state.scheduled + scheduled.length };
}

/** A link that was let go of, to a member who is there all the same: the next time that they are gone, it is judged anew. */
async function keepLinks(pairs: readonly Pair[], deps: CycleDeps): Promise<void> {
  const kept = pairs.filter(
    ({ row, member }) => row.desired.unlinks !== null && member?.memberId === row.desired.unlinks,
  );
  const toKept = ({ row }: Pair): ChangedPerson => {
    const { desired, source } = row;
    const generation = desired.generation + 1;
    return { row, source, desired: { ...desired, generation, unlinks: null } };
  };
  await savePeople(deps, kept.map(toKept));
}

interface Taken {
  /** Whom the listing shows. */
  readonly people: readonly Pair[];
  /** Who is to be asked about, at most 100. */
  readonly unlisted: readonly UserRow[];
  readonly after: string;
  readonly isLast: boolean;
}

async function takePeople(
  state: CycleState,
  position: DriftPosition,
  { tables }: CycleDeps,
): Promise<Taken> {
  const rows: UserRow[] = [];
  for await (const page of readUsers(tables, position.after)) {
    rows.push(...page);
    if (rows.length >= rowsPerStep) break;
  }
  const memberIds = rows.flatMap(({ applied }) => applied.memberId ?? []);
  const listed = await loadListedMembers(tables, listingOf(state), memberIds);
  const memberById = new Map(
    listed.flatMap((member) => (member ? [[member.memberId, member]] : [])),
  );
  const people: Pair[] = [];
  const unlisted: UserRow[] = [];
  let after = position.after;
  for (const row of rows) {
    const member = memberById.get(row.applied.memberId ?? '');
    if (member !== undefined) people.push({ row, member });
    else if (isToBeAsked(row)) {
      if (unlisted.length === membersPerQuestion) return { people, unlisted, after, isLast: false };
      unlisted.push(row);
    }
    after = row.id;
  }
  return { people, unlisted, after, isLast: rows.length < rowsPerStep };
}

/** Of those who are known to be gone only whoever is wanted back. */
function isToBeAsked(row: UserRow): boolean {
  if (row.applied.memberId === null) return false;
  return row.applied.status !== 'removed' || mayUnlink(row);
}

async function askPeople(rows: readonly UserRow[], deps: CycleDeps): Promise<readonly Pair[]> {
  const members = await askMembers(
    deps,
    rows.flatMap(({ applied }) => applied.memberId ?? []),
  );
  return rows.map((row, index) => ({ row, member: members[index] }));
}

/** A status that this release does not know says nothing new. */
function isDifferent({ row: { applied }, member }: Pair): boolean {
  if (member === undefined) return false;
  const isMoved = member.status !== 'unknown' && member.status !== applied.status;
  return isMoved || !isDeepStrictEqual(targetOf(member), applied.actual);
}

/** Somebody has accepted an invitation: looked at, but no drift. */
function isAcceptance({ row: { applied }, member }: Pair): boolean {
  if (member === undefined || applied.status !== 'invited' || member.status !== 'active') {
    return false;
  }
  return isDeepStrictEqual(targetOf(member), applied.actual);
}

async function scheduleToVerify(rows: readonly UserRow[], deps: CycleDeps): Promise<void> {
  const due = deps.scheduleFrom ?? deps.clock.now();
  const entries = rows.map(({ id }) => ({
    id: userEntryId(id),
    rank: ranks.attributes,
    due,
    verify: true,
  }));
  await schedule(deps.tables, entries);
}
