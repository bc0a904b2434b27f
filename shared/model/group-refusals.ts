/** What Dropbox says when it refuses something about a group, by its own tags. */
export const groupRefusals = {
  group_name_already_used: {
    meaning: 'A group of this name that is not ours exists in Dropbox.',
    advice: 'Rename one of the two.',
  },
  group_name_invalid: {
    meaning: 'Dropbox does not take this group name.',
    advice: 'Rename the group in Entra.',
  },
  external_id_already_in_use: {
    meaning: 'Another Dropbox group carries this external id.',
    advice: 'Nothing: it is our own, from a call whose answer was lost, and is looked for.',
  },
  system_managed_group_disallowed: {
    meaning: 'The group is one that Dropbox keeps itself.',
    advice: 'Unassign the group in Entra, or rename it there.',
  },
  group_not_found: {
    meaning: 'Dropbox does not know the group any more.',
    advice: 'Nothing: if the group is still wanted, it is created again.',
  },
  group_already_deleted: {
    meaning: 'The group is deleted already.',
    advice: 'Nothing.',
  },
  group_not_on_team: {
    meaning: 'The group belongs to no team of ours.',
    advice: 'Nothing: if the group is still wanted, it is created again.',
  },
  group_not_in_team: {
    meaning: 'The group belongs to no team of ours.',
    advice: 'Nothing: if the group is still wanted, it is created again.',
  },
  duplicate_user: {
    meaning: 'Somebody who was to be added is in the group already.',
    advice: 'Nothing: Dropbox is asked who is in it, and the others are added.',
  },
  member_not_in_group: {
    meaning: 'Somebody who was to be taken out is not in the group.',
    advice: 'Nothing: Dropbox is asked who is in it, and the others are taken out.',
  },
  members_not_in_team: {
    meaning: 'Somebody who was to be added does not belong to the team any more.',
    advice: 'Nothing: Dropbox is asked about them, and the others go on.',
  },
  users_not_found: {
    meaning: 'Dropbox does not know somebody who was to be added or taken out.',
    advice: 'Nothing: Dropbox is asked about them, and the others go on.',
  },
  access_denied: {
    meaning: 'We may not ask what became of a job that Dropbox had begun.',
    advice: 'Authorise the app again. The job itself ends by itself.',
  },
  invalid_cursor: {
    meaning: 'Dropbox has forgotten how far a list was read.',
    advice: 'Nothing: the list is read again from its beginning.',
  },
} as const;
