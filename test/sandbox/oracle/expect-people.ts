import type { DirectoryUser } from '../entra/directory-types.ts';
import type { TeamDocument, TeamDocumentMember } from '../dropbox/team-types.ts';
import type { ExpectedMember, SkippedPerson } from './expected-team.ts';
import { indexBy } from './index-by.ts';
import { toPerson, type Person, type PersonReason } from './person-rules.ts';

/** A member to be, with the two it comes from. */
export type MemberDraft = ExpectedMember & {
  readonly userId?: string;
  readonly before?: TeamDocumentMember;
};

export interface ExpectedPeople {
  readonly members: readonly MemberDraft[];
  readonly skipped: readonly SkippedPerson[];
}

/** Who is on the team in the end, and who in scope is not, with the reason. */
export function expectPeople(
  inScope: readonly DirectoryUser[],
  team: TeamDocument,
): ExpectedPeople {
  const present = team.members.filter((member) => member.status !== 'removed');
  const judge = createJudge(inScope, team, present);
  const skipped: SkippedPerson[] = [];
  const invited: MemberDraft[] = [];
  const matched = new Map<TeamDocumentMember, MemberDraft>();
  for (const user of inScope) {
    const verdict = judge(user);
    if (verdict.kind === 'invite') invited.push(invite(verdict.person));
    else if (verdict.kind === 'skip') skipped.push({ id: user.id, reason: verdict.reason });
    else matched.set(verdict.member, align(verdict.member, verdict.person));
  }
  const before = present.map((member) => matched.get(member) ?? keep(member));
  return { members: [...before, ...invited], skipped };
}

/** Whoever is skipped stays as they are, on the team or not. */
type Verdict =
  | { readonly kind: 'invite'; readonly person: Person }
  | { readonly kind: 'align'; readonly person: Person; readonly member: TeamDocumentMember }
  | { readonly kind: 'skip'; readonly reason: PersonReason };

function createJudge(
  inScope: readonly DirectoryUser[],
  team: TeamDocument,
  present: readonly TeamDocumentMember[],
): (user: DirectoryUser) => Verdict {
  const byExternalId = indexBy(present, (member) => member.externalId);
  const byEmail = indexBy(present, (member) => member.email.toLowerCase());
  const refused = addressesDropboxRefuses(team);
  const people = inScope
    .map((user) => toPerson(user))
    .filter((person) => typeof person !== 'string');
  const peopleByAddress = Map.groupBy(people, (person) => person.email);
  const isShared = (email: string): boolean => (peopleByAddress.get(email) ?? []).length > 1;

  return (user) => {
    const person = toPerson(user);
    if (typeof person === 'string') return skip(person);
    const linked = byExternalId.get(user.id);
    const sameAddress = byEmail.get(person.email);
    const holdsAddress = linked !== undefined && linked === sameAddress;
    if (isShared(person.email) && !holdsAddress) return skip('duplicateAddress');
    const member = linked ?? sameAddress;
    if (member) return judgeMatch(person, member, sameAddress);
    return refused.has(person.email) ? skip('refusedByDropbox') : { kind: 'invite', person };
  };
}

function judgeMatch(
  person: Person,
  member: TeamDocumentMember,
  sameAddress: TeamDocumentMember | undefined,
): Verdict {
  if (member.externalId && member.externalId !== person.id) return skip('foreignExternalId');
  if (sameAddress && sameAddress !== member) return skip('ambiguousMatch');
  return { kind: 'align', person, member };
}

function skip(reason: PersonReason): Verdict {
  return { kind: 'skip', reason };
}

function invite(person: Person): MemberDraft {
  const { id, ...profile } = person;
  const status = 'invited';
  return { ...profile, externalId: id, userId: id, status, origin: 'invited', changes: false };
}

function align(member: TeamDocumentMember, person: Person): MemberDraft {
  const { id, ...profile } = person;
  const isEqual =
    member.externalId === id &&
    member.email.toLowerCase() === person.email &&
    member.givenName === person.givenName &&
    member.surname === person.surname;
  return {
    ...profile,
    externalId: id,
    userId: id,
    before: member,
    status: member.status,
    origin: member.externalId === id ? 'linked' : 'adopted',
    changes: !isEqual,
  };
}

function keep(member: TeamDocumentMember): MemberDraft {
  return {
    email: member.email.toLowerCase(),
    ...(member.externalId ? { externalId: member.externalId } : {}),
    givenName: member.givenName,
    surname: member.surname,
    status: member.status,
    before: member,
    origin: 'stranger',
    changes: false,
  };
}

/** Addresses that an invitation cannot have: another team's, and those of people who were removed and could be recovered. */
function addressesDropboxRefuses(team: TeamDocument): ReadonlySet<string> {
  const recoverable = team.members.filter(
    (member) => member.status === 'removed' && member.isRecoverable !== false,
  );
  return new Set(
    [...(team.team.takenElsewhere ?? []), ...recoverable].map(({ email }) => email.toLowerCase()),
  );
}
