import type { MemberTarget } from './user-row.ts';
import type { MemberChanges, TeamMember } from './target.ts';

/** All operations there are, by the field's names: verb and noun. */
const operationKinds = [
  'inviteMember',
  'adoptMember',
  'updateMember',
  'suspendMember',
  'unsuspendMember',
  'removeMember',
  'recoverMember',
  'unlinkMember',
  'createGroup',
  'adoptGroup',
  'updateGroup',
  'deleteGroup',
  'addGroupMembers',
  'removeGroupMembers',
] as const;
export type OperationKind = (typeof operationKinds)[number];

/** What is to be done about one person, or why nothing is. */
export type UserOperation =
  | { readonly kind: 'nothing' }
  /** Desired takes away more than was released, and what was released is done: the rest waits in `held`. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'skip'; readonly code: string; readonly detail: string }
  | { readonly kind: 'inviteMember'; readonly target: MemberTarget }
  | {
      readonly kind: 'adoptMember';
      readonly member: TeamMember;
      readonly by: 'externalId' | 'email';
      readonly changes: MemberChanges;
    }
  | { readonly kind: 'updateMember'; readonly memberId: string; readonly changes: MemberChanges }
  | {
      readonly kind:
        | 'suspendMember'
        | 'unsuspendMember'
        | 'removeMember'
        | 'recoverMember'
        /** Dropbox does not know the member any more: the link is dropped, no call is made but a last question by id. */
        | 'unlinkMember';
      readonly memberId: string;
    };
