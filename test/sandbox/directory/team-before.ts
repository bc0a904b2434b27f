import type { DirectoryGroup } from '../entra/directory-types.ts';
import type { TeamDocument, TeamDocumentGroup, TeamDocumentMember } from '../dropbox/team-types.ts';
import type { FakeNames } from './fake-names.ts';
import { takenGroupName } from './groups.ts';
import { textOf } from './people.ts';
import type { PersonDraft } from './world-draft.ts';

export interface TeamBefore {
  readonly people: readonly PersonDraft[];
  readonly linkedGroup: DirectoryGroup | undefined;
  /** Whether some assigned group wants the name of a group that the team has. */
  readonly hasTakenName: boolean;
}

/** The team before the first cycle: admins, people to adopt, strangers, and groups that are not ours. */
export function createTeamBefore(
  names: FakeNames,
  { people, linkedGroup, hasTakenName }: TeamBefore,
): TeamDocument {
  const admin: TeamDocumentMember = {
    memberId: `dbmid:${names.key(37)}`,
    email: 'dropbox.admin@northlight.example',
    givenName: 'Dropbox',
    surname: 'Admin',
    status: 'active',
    isAdmin: true,
  };
  const known = people.flatMap(({ member }) => (member ? [member] : []));
  const strangers = Array.from({ length: Math.max(1, Math.round(people.length * 0.03)) }, () =>
    createStranger(names),
  );
  const groups = [
    bookClub(names, strangers),
    ...(hasTakenName ? [takenGroup(names, strangers)] : []),
    ...(linkedGroup ? [oldGroup(names, { linkedGroup, people, strangers })] : []),
  ];
  const elsewhere = people.filter(({ isElsewhere }) => isElsewhere === true);
  return {
    team: {
      id: `dbtid:${names.key(37)}`,
      name: 'Northlight',
      licences: Math.ceil((people.length + strangers.length) * 1.1) + 50,
      takenElsewhere: elsewhere.map(({ user }) => ({
        email: textOf(user, 'mail'),
        tag: 'user_on_another_team',
      })),
    },
    members: [admin, ...known, ...strangers],
    groups,
  };
}

function createStranger(names: FakeNames): TeamDocumentMember {
  const person = names.person();
  return {
    memberId: `dbmid:${names.key(37)}`,
    email: `${person.localPart}@freelance.example`,
    givenName: person.givenName,
    surname: person.surname,
    status: names.below(4) === 0 ? 'invited' : 'active',
  };
}

/** Made by its members for themselves. */
function bookClub(names: FakeNames, strangers: readonly TeamDocumentMember[]): TeamDocumentGroup {
  const owner = strangers.find((stranger) => stranger.status === 'active');
  return {
    groupId: `g:${names.guid().replaceAll('-', '')}`,
    name: 'Book club',
    management: 'user_managed',
    members: strangers
      .slice(0, 5)
      .map(({ email }) => ({ email, accessType: email === owner?.email ? 'owner' : 'member' })),
  };
}

/** A group of an admin's making that bears the name of an assigned one, in its own spelling. */
function takenGroup(names: FakeNames, strangers: readonly TeamDocumentMember[]): TeamDocumentGroup {
  return {
    groupId: `g:${names.guid().replaceAll('-', '')}`,
    name: takenGroupName.toLowerCase(),
    management: 'company_managed',
    members: strangers.slice(0, 3).map(({ email }) => ({ email })),
  };
}

/** Ours since long ago under an older name, with a stranger and with one of our own. */
function oldGroup(
  names: FakeNames,
  { linkedGroup, people, strangers }: OldGroup,
): TeamDocumentGroup {
  const memberIds = new Set(linkedGroup.members.map(({ id }) => id));
  const own = people.find(({ user, member }) => member && memberIds.has(user.id))?.member;
  return {
    groupId: `g:${names.guid().replaceAll('-', '')}`,
    name: `${linkedGroup.displayName} (old)`,
    externalId: linkedGroup.id,
    management: 'company_managed',
    members: [...strangers.slice(0, 1), ...(own ? [own] : [])].map(({ email }) => ({ email })),
  };
}

interface OldGroup {
  readonly linkedGroup: DirectoryGroup;
  readonly people: readonly PersonDraft[];
  readonly strangers: readonly TeamDocumentMember[];
}
