/** Why something that takes access away waits, is left alone or was done by others: guards, witness and drift. */
export const guardCodes = {
  staged: {
    meaning:
      'The removal is held back for a person to decide, because more would lose access than the guards let through.',
    advice: 'Look at the batch and approve or reject it.',
  },
  rejected: {
    meaning: 'A person has rejected this removal.',
    advice: 'Nothing, if that still holds. Reopen it to have it judged again.',
  },
  onHold: {
    meaning: 'A person has said that nothing is to be taken from this identity for now.',
    advice: 'Nothing, or lift the hold.',
  },
  protectedMember: {
    meaning: 'The person is on the list of those who are never suspended or removed.',
    advice: 'Take them off guards.protectedMembers if they are to lose access.',
  },
  authorisingAdmin: {
    meaning:
      'The member is the admin who authorised this app, and losing them would stop everything.',
    advice: 'Let another team admin authorise the app, then this one can go.',
  },
  witnessDisagrees: {
    meaning: 'Asked about this very person, Entra says something else than its lists.',
    advice:
      'Nothing at first: it is asked again in the next cycles. If it stays, decide about the staged removal.',
  },
  witnessSilent: {
    meaning: 'Entra could not be asked about this very person.',
    advice:
      'Nothing at first: it is asked again in the next cycle. If it stays, look at the cycle’s errors.',
  },
  emptyList: {
    meaning: 'A list that had people in it came back empty, which proves nothing.',
    advice: 'See whether the group is really empty in Entra, then approve or reject the removals.',
  },
  strangers: {
    meaning: 'The group in Dropbox has members whom we did not add and whom Entra does not list.',
    advice:
      'Add them to the group in Entra, or take them out in Dropbox. They are never removed by us.',
  },
  unaccountedMembers: {
    meaning: 'The team has members whom nobody in Entra stands for.',
    advice:
      'Assign these people in Entra, or remove them in Dropbox. They are never removed by us.',
  },
  memberGone: {
    meaning: 'Dropbox does not know the member any more whom we had linked.',
    advice: 'Nothing: if the person is still wanted, they are invited again once that is released.',
  },
  groupGone: {
    meaning: 'Dropbox does not know the group any more that we had linked.',
    advice: 'Nothing: if the group is still wanted, it is created again.',
  },
  invitationRemoved: {
    meaning:
      'The invitation was withdrawn, because Dropbox cannot suspend somebody who has not accepted it.',
    advice: 'Nothing: the person is invited again when they are wanted again.',
  },
  memberFound: {
    meaning: 'Dropbox knows a member again of whom it had said that there is none.',
    advice: 'Nothing: the person stays linked to the member.',
  },
  acceptedMeanwhile: {
    meaning:
      'The invitation was accepted just before it was withdrawn, so the member was recovered.',
    advice: 'Nothing: the member is suspended instead.',
  },
} as const;
