import type { Directory } from '../entra/directory-types.ts';
import type { TeamDocument } from '../dropbox/team-types.ts';
import type { ExpectedTeam } from '../oracle/expected-team.ts';
import { whoIsInScope } from '../oracle/who-is-in-scope.ts';

/** The fewest HTTP requests an initial cycle and what follows from it can do with, by the way the app has chosen. */
export interface Floor {
  /** Of the initial cycle; a `$batch` counts once. */
  readonly graph: number;
  /** Of the initial load, polls of jobs apart. */
  readonly dropbox: number;
  /** Of each incremental cycle that finds nothing new. */
  readonly graphPerIncrementalCycle: number;
}

const assignmentsPerPage = 999;
const membersPerPage = 999;
const partsPerBatch = 20;
const idsPerPart = 15;
const teamMembersPerPage = 300;
const teamGroupsPerPage = 1000;
const invitationsPerCall = 20;
const edgesPerCall = 100;

export function computeFloor(
  directory: Directory,
  team: TeamDocument,
  expected: ExpectedTeam,
): Floor {
  const assignmentPages = pages(directory.assignments.length, assignmentsPerPage);
  return {
    graph: graphFloor(directory, assignmentPages),
    dropbox: dropboxFloor(team, expected),
    graphPerIncrementalCycle: 2 + assignmentPages,
  };
}

/**
 * 2 (links for "from now on") + 1 (app and roles) + pages of assignments + first member pages, 20 to a batch + further member pages
 * + people assigned directly, 15 to a part and 20 parts to a batch + 2 (catch-up round).
 */
function graphFloor(directory: Directory, assignmentPages: number): number {
  const { people, groups } = whoIsInScope(directory);
  const assigned = new Set(directory.assignments.map(({ principalId }) => principalId));
  const direct = people.filter(({ id }) => assigned.has(id)).length;
  const furtherPages = groups.map(({ members }) => {
    const users = members.filter(({ kind }) => kind === 'user').length;
    return pages(users, membersPerPage) - 1;
  });
  return (
    2 +
    1 +
    assignmentPages +
    Math.ceil(groups.length / partsPerBatch) +
    sum(furtherPages) +
    Math.ceil(Math.ceil(direct / idsPerPart) / partsPerBatch) +
    2
  );
}

/** Pages of members and groups + 1 probe + invitations, 20 to a call + 1 per changed member or group + edges, 100 to a call. */
function dropboxFloor(team: TeamDocument, expected: ExpectedTeam): number {
  const members = team.members.filter(({ status }) => status !== 'removed').length;
  return (
    pages(members, teamMembersPerPage) +
    pages(team.groups.length, teamGroupsPerPage) +
    1 +
    writeFloor(expected, { isFirst: true })
  );
}

/**
 * The writes alone: what a team that lacks this much needs at least. At first, whoever Dropbox itself refuses has to be asked for; later
 * they wait in escrow.
 */
export function writeFloor(
  { members, groups, skipped }: ExpectedTeam,
  { isFirst }: { readonly isFirst: boolean },
): number {
  const refused = skipped.filter(({ reason }) => reason === 'refusedByDropbox').length;
  const invited = members.filter(({ origin }) => origin === 'invited').length;
  const edgeCalls = groups.map((group) => {
    const added = group.members.filter(({ origin }) => origin === 'added').length;
    return Math.ceil(added / edgesPerCall);
  });
  return (
    Math.ceil((invited + (isFirst ? refused : 0)) / invitationsPerCall) +
    members.filter(({ changes }) => changes).length +
    groups.filter(({ origin, changes }) => origin === 'created' || changes).length +
    sum(edgeCalls)
  );
}

/** At least one: an empty list is a page too. */
function pages(items: number, perPage: number): number {
  return Math.max(1, Math.ceil(items / perPage));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
