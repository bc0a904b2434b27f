import type { Directory, DirectoryGroup } from '../entra/directory-types.ts';
import type { ExpectedTeam } from '../oracle/expected-team.ts';

export interface Addresses {
  readonly entra: string;
  readonly dropbox: string;
  readonly app: string;
  readonly storage: string;
  /** Of the Azurite that lives as long as this run: its key opens nothing else. */
  readonly connectionString: string;
}

/** Where everything is, and lines to paste that change something, with what then happens. */
export function describeHowTo(
  addresses: Addresses,
  directory: Directory,
  expected: ExpectedTeam,
): string {
  const { entra, dropbox, app, storage, connectionString } = addresses;
  return [
    'Where everything is',
    `  app       ${app}/api/health`,
    `  Entra     ${entra}/_control/directory`,
    `  Dropbox   ${dropbox}/_control/team`,
    `  storage   ${storage}`,
    '',
    'Change something in another terminal, and watch it follow here',
    ...describeChanges(entra, directory, expected),
    '  # everybody accepts the invitation',
    `  ${post(dropbox, [{ op: 'acceptAll' }])}`,
    '',
    'See and decide what is staged, in another terminal',
    `  export AzureWebJobsStorage='${connectionString}'`,
    '  npm run staged -- list',
    '',
    'Ctrl-C ends everything.',
  ].join('\n');
}

function describeChanges(
  entra: string,
  directory: Directory,
  expected: ExpectedTeam,
): readonly string[] {
  const { person, other, group } = pickCharacters(directory, expected);
  const newcomer = '0a1b2c3d-0000-4000-8000-00000000beef';
  const user = {
    id: newcomer,
    userPrincipalName: 'nina.newcomer@northlight.example',
    mail: 'nina.newcomer@northlight.example',
    givenName: 'Nina',
    surname: 'Newcomer',
    displayName: 'Nina Newcomer',
    accountEnabled: true,
  };
  const lines = [
    '  # somebody new, assigned to the app: an invitation',
    `  ${post(entra, [
      { op: 'addUser', user },
      { op: 'assign', principalId: newcomer },
    ])}`,
  ];
  if (person) {
    lines.push(
      `  # ${person.email} marries: the name changes in Dropbox`,
      `  ${post(entra, [{ op: 'updateUser', id: person.externalId, set: { surname: 'Newname' } }])}`,
    );
  }
  if (person && group) {
    const member = { op: 'addMember', groupId: group.id, memberId: person.externalId };
    lines.push(`  # and joins the group ${group.displayName}`, `  ${post(entra, [member])}`);
  }
  if (other) {
    const change = { op: 'updateUser', id: other.externalId, set: { accountEnabled: false } };
    lines.push(
      `  # ${other.email} is blocked: suspended; who has not accepted yet loses the invitation`,
      `  ${post(entra, [change])}`,
    );
  }
  return lines;
}

/** People of ours, and a group of ours that the first of them is not in. */
function pickCharacters(directory: Directory, expected: ExpectedTeam) {
  const ours = expected.members.filter(
    ({ origin, email }) => origin !== 'stranger' && !email.includes("'"),
  );
  const [person, other] = ours.toReversed();
  const ownGroupIds = new Set(
    expected.groups
      .filter(({ origin }) => origin !== 'stranger')
      .map(({ externalId }) => externalId),
  );
  const isFor = (group: DirectoryGroup): boolean =>
    ownGroupIds.has(group.id) && !group.members.some(({ id }) => id === person?.externalId);
  return { person, other, group: directory.groups.find(isFor) };
}

function post(address: string, changes: readonly object[]): string {
  const body = JSON.stringify(changes).replaceAll("'", String.raw`'\''`);
  return `curl -sX POST ${address}/_control/changes -H 'content-type: application/json' -d '${body}'`;
}
