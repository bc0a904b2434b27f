import type { Directory } from '../entra/directory-types.ts';
import type { TeamDocument } from '../dropbox/team-types.ts';
import { createEdgeExpectation } from './expect-edges.ts';
import { expectGroups } from './expect-groups.ts';
import { expectPeople } from './expect-people.ts';
import type { ExpectedTeam } from './expected-team.ts';
import { whoIsInScope } from './who-is-in-scope.ts';

export interface ExpectTeamInput {
  readonly directory: Directory;
  /** The team before the app looked at it. */
  readonly team: TeamDocument;
  /** `groups.adoptByName`; false where it is left out. */
  readonly adoptGroupsByName?: boolean;
}

/**
 * The team that the default configuration leads to, from the tenant and the team as it was. Shares no code with the app, so that the
 * two can disagree. Only giving is expected: whoever leaves stays as they were.
 */
export function expectTeam(input: ExpectTeamInput): ExpectedTeam {
  const scope = whoIsInScope(input.directory);
  const people = expectPeople(scope.people, input.team);
  const groups = expectGroups(scope.groups, input.team, input.adoptGroupsByName === true);
  const expectEdges = createEdgeExpectation(input.team, people.members);
  return {
    members: people.members.map(({ userId: _userId, before: _before, ...member }) => member),
    groups: groups.groups.map((draft) => {
      const { source: _source, before: _before, ...group } = draft;
      return { ...group, members: expectEdges(draft) };
    }),
    skipped: people.skipped,
    skippedGroups: groups.skipped,
    excluded: scope.excluded,
    inScope: { people: scope.people.length, groups: scope.groups.length },
  };
}
