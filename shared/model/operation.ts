import type { MemberTarget } from './user-row.ts';
import type { MemberChanges, TeamMember } from './target.ts';

/** All operations there are, by the field's names: verb and noun. */
const operationKinds = [
  'inviteMember',
  'adoptMember',
  'updateMember',
  'createGroup',
  'adoptGroup',
  'updateGroup',
  'addGroupMembers',
] as const;
export type OperationKind = (typeof operationKinds)[number];

/** What is to be done about one person, or why nothing is. */
export type UserOperation =
  | { readonly kind: 'nothing' }
  /** Desired takes access away and nobody has released it: it waits in `held`. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'skip'; readonly code: string; readonly detail: string }
  | { readonly kind: 'inviteMember'; readonly target: MemberTarget }
  | {
      readonly kind: 'adoptMember';
      readonly member: TeamMember;
      readonly by: 'externalId' | 'email';
      readonly changes: MemberChanges;
    }
  | { readonly kind: 'updateMember'; readonly memberId: string; readonly changes: MemberChanges };
