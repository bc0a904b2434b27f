import type { UserRow } from '../../model/user-row.ts';
import { isMore, lesserEffect, type Taking } from '../../plan/taking.ts';
import type { Rejection } from '../../rows/decisions.ts';
import { readEdges, type EdgeRow } from '../../rows/edges.ts';
import type { HeldEntry } from '../../rows/held.ts';
import type { CycleDeps } from '../deps.ts';
import { departureOf, type Case, type CaseRow } from './case.ts';
import { loadRows } from './load-rows.ts';

/** After so many cycles in which Entra did not confirm it, a person decides. */
const openCyclesLimit = 3;

export interface LoadedCases {
  readonly cases: readonly Case[];
  /** The row has moved on, or it is released already: the entry says nothing any more. */
  readonly over: readonly HeldEntry[];
  /** Released, but perhaps not scheduled: a crash may have come between. */
  readonly released: readonly CaseRow[];
  /** A person has refused the same before. */
  readonly rejected: readonly HeldEntry[];
}

/** Looks up what each entry is about. What no longer applies drops out here, whatever had been decided about it. */
export async function loadCases(
  deps: CycleDeps,
  entries: readonly HeldEntry[],
  context: {
    readonly isApproved: boolean;
    readonly rejections: ReadonlyMap<string, Rejection>;
    /** True where the list of assignments came back empty. */
    readonly isScopeEmpty: boolean;
  },
): Promise<LoadedCases> {
  const rows = await loadRows(deps, entries);
  const loaded: {
    cases: Case[];
    over: HeldEntry[];
    released: CaseRow[];
    rejected: HeldEntry[];
  } = { cases: [], over: [], released: [], rejected: [] };
  for (const entry of entries) {
    const about = rows.get(entry.id);
    const standing = standingOf(entry, about);
    if (standing === 'released' && about !== undefined) loaded.released.push(about);
    if (standing !== 'open' || about === undefined) {
      loaded.over.push(entry);
      continue;
    }
    const doubt = doubtOf({ entry, about }, context);
    if (doubt === 'rejected' && !context.isApproved) {
      loaded.rejected.push(entry);
      continue;
    }
    loaded.cases.push({
      entry,
      about,
      budget: /^[ux]:/.test(entry.id) ? 'people' : 'memberships',
      weight: await weigh(deps, entry, about),
      isApproved: context.isApproved,
      doubt,
    });
  }
  return loaded;
}

type Standing = 'open' | 'released' | 'over';

/** The entry counts only for the taking it was written for. */
function standingOf(entry: HeldEntry, about: CaseRow | undefined): Standing {
  if (about === undefined) return 'over';
  if (about.what === 'edge') return standingOfEdge(entry, about.edge);
  if (about.what === 'link') return isLinkToDrop(about.row) ? 'open' : 'over';
  const { desired } = about.row;
  if (desired.takes === 'none' || desired.takesSince !== entry.since) return 'over';
  return isReleased(desired) ? 'released' : 'open';
}

function standingOfEdge({ since }: HeldEntry, edge: EdgeRow): Standing {
  if (edge.desired || edge.takesSince !== since) return 'over';
  return edge.released ? 'released' : 'open';
}

function isReleased({ takes, releasedTakes }: Taking): boolean {
  return lesserEffect(takes, releasedTakes) === takes;
}

function isLinkToDrop({ applied, desired }: UserRow): boolean {
  const isGone = applied.memberId !== null && applied.status === 'removed' && !applied.removedByUs;
  const isWanted = desired.presence === 'member' && desired.takes === 'none';
  return isGone && isWanted && desired.unlinks !== applied.memberId;
}

/** Why a person has to decide about it, or `rejected` where one has. */
function doubtOf(
  one: Pick<Case, 'entry' | 'about'>,
  {
    rejections,
    isScopeEmpty,
  }: Pick<Parameters<typeof loadCases>[2], 'rejections' | 'isScopeEmpty'>,
): string | undefined {
  const { entry, about } = one;
  const rejection = rejections.get(entry.id);
  if (rejection !== undefined && rejection.departedAt === departureOf(one)) {
    const hasGrown =
      isMore(entry.effect, rejection.effect) ||
      (entry.kind === 'said' && rejection.kind === 'missing');
    if (!hasGrown) return 'rejected';
    return 'less than this was rejected before, so a person decides about it again';
  }
  if (entry.openCycles >= openCyclesLimit) return entry.witness;
  return isScopeEmpty && restsOnScope(one) ? emptyScope : standingDoubt(about);
}

const emptyScope =
  'the list of assignments came back empty, so nothing tells whether they are assigned by now';

function restsOnScope({ entry, about }: Pick<Case, 'entry' | 'about'>): boolean {
  return entry.kind === 'missing' && (about.what === 'user' || about.what === 'group');
}

/** What the row remembers of the read on which it rests. */
function standingDoubt(about: CaseRow): string | undefined {
  const doubt = about.what === 'edge' ? doubtOfEdge(about) : takesDoubt(about);
  return doubt === '' ? undefined : doubt;
}

function doubtOfEdge({ edge, isDeleted }: Extract<CaseRow, { what: 'edge' }>): string {
  return isDeleted ? '' : edge.doubt;
}

function takesDoubt(about: Exclude<CaseRow, { what: 'edge' }>): string {
  return about.what === 'link' ? '' : (about.row.desired.takesDoubt ?? '');
}

/** What would really be lost, as far as is known. */
async function weigh(deps: CycleDeps, entry: HeldEntry, about: CaseRow): Promise<number> {
  if (about.what === 'link') return 1;
  if (about.what === 'edge') return about.edge.applied ? 1 : 0;
  if (about.what === 'user') {
    const { memberId, status } = about.row.applied;
    const isOut = status === 'removed' || (entry.effect === 'suspend' && status === 'suspended');
    return memberId === null || isOut ? 0 : 1;
  }
  let members = 0;
  for await (const edges of readEdges(deps.tables, about.row.id)) {
    members += edges.filter(({ applied }) => applied).length;
  }
  return members;
}
