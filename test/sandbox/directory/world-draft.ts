import type { DirectoryGroup, DirectoryUser } from '../entra/directory-types.ts';
import type { TeamDocumentMember } from '../dropbox/team-types.ts';

/** How a person comes to the app. `nested` is a member of a group within a group only. */
export type Placement =
  | 'groups'
  | 'direct'
  | 'both'
  | 'twoRoles'
  | 'defaultAndRole'
  | 'defaultAccess'
  | 'defaultAccessGroup'
  | 'disabledRole'
  | 'nested'
  | 'unassigned';

/** A person of the world, with the member that is on the team before, where there is one. */
export interface PersonDraft {
  readonly user: DirectoryUser;
  readonly placement: Placement;
  readonly member?: TeamDocumentMember;
  /** Dropbox says that this address belongs to another team. */
  readonly isElsewhere?: boolean;
}

export type GroupRole = 'assigned' | 'defaultAccess' | 'disabledRole' | 'unassigned';

/** A group of the world, with the group that is on the team before, where there is one. */
export interface GroupDraft {
  readonly group: DirectoryGroup;
  readonly role: GroupRole;
}
