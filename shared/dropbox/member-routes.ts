import { CursorExpiredError } from '../model/errors.ts';
import type { TeamReader, TeamWriter } from '../model/ports.ts';
import type { MemberChanges, MemberSelector, TeamMember } from '../model/target.ts';
import { matchAnswers, type Question } from './match-answers.ts';
import {
  authorisingAdminSchema,
  memberAnswerSchema,
  memberPageSchema,
  membersInfoSchema,
} from './member-schemas.ts';
import { defineRoute, requireDone, type CallRoute } from './route.ts';

/** Pages of 1,000 have come back empty for large teams; an official admin tool went down to 100. */
const pageSize = 300;

const listMembers = defineRoute('team/members/list_v2', 'read', memberPageSchema);
const listMoreMembers = defineRoute('team/members/list/continue_v2', 'read', memberPageSchema);
const getMembersInfo = defineRoute('team/members/get_info_v2', 'read', membersInfoSchema);
const setProfile = defineRoute('team/members/set_profile_v2', 'write', memberAnswerSchema);
const getAdmin = defineRoute('team/token/get_authenticated_admin', 'read', authorisingAdminSchema);

/** Members: listing, asking about some by selector, changing one, and who authorised us. */
export function createMemberRoutes(
  call: CallRoute,
): Pick<TeamReader, 'readMembers' | 'readMembersInfo' | 'readAuthorisingAdmin'> &
  Pick<TeamWriter, 'updateMember'> {
  return {
    async readMembers(cursor) {
      if (cursor === undefined) {
        const argument = { limit: pageSize, include_removed: false };
        return requireDone(listMembers, await call(listMembers, argument));
      }
      const answer = await call(listMoreMembers, { cursor });
      if (answer.kind === 'refused' && answer.refusal.tag === 'invalid_cursor') {
        throw new CursorExpiredError('cannot go on listing members: Dropbox forgot the cursor');
      }
      return requireDone(listMoreMembers, answer);
    },
    async readMembersInfo(selectors) {
      if (selectors.length === 0) return [];
      const argument = { members: selectors.map(toUserSelector) };
      const items = requireDone(getMembersInfo, await call(getMembersInfo, argument));
      return matchAnswers(selectors.map(toQuestion), items);
    },
    async updateMember(memberId, changes) {
      return await call(setProfile, toProfileArgument(memberId, changes));
    },
    async readAuthorisingAdmin() {
      return await call(getAdmin, null);
    },
  };
}

/** Selects by member id only: Dropbox forbids selecting by the external id that the same call changes. */
export function toProfileArgument(memberId: string, changes: MemberChanges) {
  const { email, givenName, surname, externalId } = changes;
  return {
    user: toUserSelector({ kind: 'memberId', memberId }),
    ...(email === undefined ? {} : { new_email: email }),
    ...(givenName === undefined ? {} : { new_given_name: givenName }),
    ...(surname === undefined ? {} : { new_surname: surname }),
    ...(externalId === undefined ? {} : { new_external_id: externalId }),
  };
}

/** How Dropbox is told whom we mean. */
export function toUserSelector(selector: MemberSelector) {
  if (selector.kind === 'memberId') {
    return { '.tag': 'team_member_id', team_member_id: selector.memberId } as const;
  }
  return selector.kind === 'externalId'
    ? ({ '.tag': 'external_id', external_id: selector.externalId } as const)
    : ({ '.tag': 'email', email: selector.email } as const);
}

function toQuestion(selector: MemberSelector): Question<TeamMember> {
  if (selector.kind === 'email') {
    const email = selector.email.toLowerCase();
    return {
      isAbout: (member) => member.email === email,
      isMiss: (asked) => asked.toLowerCase() === email,
      mayDiffer: true,
    };
  }
  const id = selector.kind === 'memberId' ? selector.memberId : selector.externalId;
  return {
    isAbout: (member) =>
      (selector.kind === 'memberId' ? member.memberId : member.externalId) === id,
    isMiss: (asked) => asked === id,
    mayDiffer: false,
  };
}
