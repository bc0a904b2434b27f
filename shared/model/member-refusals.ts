/** What Dropbox says when it refuses something about a person, by its own tags. */
export const memberRefusals = {
  user_already_on_team: {
    meaning: 'Dropbox holds the address for somebody it does not show, perhaps a removed member.',
    advice: 'Recover that member in Dropbox, or wait until the seven days of recovery are over.',
  },
  user_on_another_team: {
    meaning: 'The address belongs to a member of another Dropbox team.',
    advice: 'Ask that team to let it go, or give the person another address.',
  },
  team_license_limit: {
    meaning: 'No licence is left.',
    advice: 'Buy licences or free one.',
  },
  free_team_member_limit_reached: {
    meaning: 'The free team is full.',
    advice: 'Change to a paid plan, or remove somebody.',
  },
  user_already_paired: {
    meaning: 'The address is paired with a personal account that blocks the invitation.',
    advice: 'Ask the person to end the pairing of the two accounts in Dropbox.',
  },
  user_migration_failed: {
    meaning: 'The existing personal account could not be moved into the team.',
    advice:
      'Nothing at first: it is tried again. If it stays, ask the person to change that account’s address.',
  },
  user_creation_failed: {
    meaning: 'Dropbox could not create the member.',
    advice: 'Nothing at first: it is tried again. If it stays, ask Dropbox’s support.',
  },
  duplicate_external_member_id: {
    meaning: 'Another member, perhaps a removed one, carries this external id.',
    advice:
      'Clear the external id of that member, or wait until the seven days of recovery are over.',
  },
  email_reserved_for_other_user: {
    meaning: 'The address belongs to somebody else in Dropbox.',
    advice: 'Free the address there, also as a second address, or give the person another one.',
  },
  external_id_used_by_other_user: {
    meaning: 'Another member carries this external id.',
    advice: 'Clear the external id of that member in Dropbox.',
  },
  user_not_found: {
    meaning: 'The linked member is not in the team any more.',
    advice: 'Nothing: Dropbox is asked about the member, and what became of them is reported.',
  },
  user_not_in_team: {
    meaning: 'The linked member does not belong to this team any more.',
    advice: 'Nothing: Dropbox is asked about the member, and what became of them is reported.',
  },
  set_profile_disallowed: {
    meaning: 'The member was removed from the team.',
    advice: 'Recover the member in Dropbox if the person is to come back.',
  },
  no_new_data_specified: {
    meaning: 'The change contained nothing that Dropbox takes.',
    advice: 'Report it: such a call should not be made.',
  },
  param_cannot_be_empty: {
    meaning: 'Dropbox wants a value where there is none.',
    advice: 'Report it: such a call should not be made.',
  },
  external_id_and_new_external_id_unsafe: {
    meaning: 'The call named the member by the external id that it changes.',
    advice: 'Report it: such a call should not be made.',
  },
  suspend_inactive_user: {
    meaning: 'The member is not active, so Dropbox cannot suspend them.',
    advice:
      'Nothing: Dropbox is asked how the member stands, and an open invitation is withdrawn instead.',
  },
  suspend_last_admin: {
    meaning: 'The member is the last admin of the team.',
    advice: 'Make somebody else a team admin first.',
  },
  unsuspend_non_suspended_member: {
    meaning: 'The member is not suspended.',
    advice: 'Nothing: Dropbox is asked how the member stands.',
  },
  remove_last_admin: {
    meaning: 'The member is the last admin of the team.',
    advice: 'Make somebody else a team admin first.',
  },
  transfer_in_progress: {
    meaning: 'The member’s files are being transferred.',
    advice: 'Nothing: it is tried again when that has ended.',
  },
  member_is_transfer_destination: {
    meaning: 'Files of another member are being transferred to this one.',
    advice: 'Nothing: it is tried again when that has ended.',
  },
  email_address_too_long_to_be_disabled: {
    meaning: 'The member’s address is too long for Dropbox to remove the member.',
    advice: 'Shorten the member’s address in Entra.',
  },
  user_unrecoverable: {
    meaning: 'The removed member cannot be recovered any more.',
    advice: 'Nothing: the person is invited anew when Dropbox lets go of the address.',
  },
  admin_not_active: {
    meaning: 'The admin who authorised us is not active, or no admin any more.',
    advice: 'Let a team admin authorise the app again.',
  },
  mapping_not_found: {
    meaning: 'Dropbox does not say which admin authorised us.',
    advice: 'Let a team admin authorise the app again, so that this admin can be protected.',
  },
  invalid_async_job_id: {
    meaning: 'Dropbox does not know the job any more that it had begun for us.',
    advice: 'Nothing: Dropbox is asked what became of it.',
  },
  internal_error: {
    meaning: 'Dropbox failed for a reason of its own.',
    advice: 'Nothing at first: it is tried again. If it stays, see whether Dropbox has an outage.',
  },
  other: {
    meaning: 'Dropbox refused for a reason it does not name.',
    advice: 'Nothing at first: it is tried again. If it stays, ask Dropbox’s support.',
  },
  unknown: {
    meaning: 'Dropbox refused for a reason it does not name.',
    advice: 'Nothing at first: it is tried again. If it stays, ask Dropbox’s support.',
  },
} as const;
