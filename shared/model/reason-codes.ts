/** Why somebody is not provisioned, or loses access: what Entra says, and what stands in the way. */
export const reasonCodes = {
  noDeliverableAddress: {
    meaning: 'The person has no mail address, and the userPrincipalName is none that mail reaches.',
    advice: 'Give the person a mail address in Entra.',
  },
  addressRefused: {
    meaning: 'Dropbox does not take this form of e-mail address.',
    advice:
      'Give the person an address of plain letters before the @, at most 255 characters in all.',
  },
  nameRefused: {
    meaning: 'Dropbox does not take the given name or the surname.',
    advice:
      'Shorten it to 50 characters, and leave out what file names may not contain, such as a slash or a colon.',
  },
  duplicateAddress: {
    meaning: 'Two or more people in scope want the same address.',
    advice: 'Leave the address to one of them in Entra.',
  },
  notReadable: {
    meaning: 'Entra has not shown this person yet.',
    advice:
      'Wait for the next cycles. If it stays, check that User.Read.All is granted to the app.',
  },
  blocked: {
    meaning: 'Sign-in is blocked in Entra.',
    advice: 'Nothing, if that is meant. Allow sign-in again to give access back.',
  },
  softDeleted: {
    meaning: 'The person is deleted in Entra, and can be restored there.',
    advice: 'Nothing, if that is meant. Restore the person in Entra to give access back.',
  },
  hardDeleted: {
    meaning: 'The person is deleted in Entra for good.',
    advice: 'Nothing, if that is meant.',
  },
  notAssigned: {
    meaning: 'The person is neither assigned to the app nor in a group that is.',
    advice:
      'Nothing, if that is meant. Assign the person, or a group they are in, to give access back.',
  },
  leftGroup: {
    meaning: 'The person is no longer a direct member of the group in Entra.',
    advice: 'Nothing, if that is meant. Add the person to the group again to undo it.',
  },
  groupDeleted: {
    meaning: 'The group is deleted in Entra.',
    advice: 'Nothing, if that is meant. Restore the group in Entra to undo it.',
  },
  groupNotAssigned: {
    meaning: 'The group is not assigned to the app any more.',
    advice: 'Nothing, if that is meant. Assign the group again to undo it.',
  },
  groupNameMissing: {
    meaning: 'Entra has not shown a name of this group yet.',
    advice:
      'Give the group a name in Entra. If it has one, check that Group.Read.All is granted to the app.',
  },
  duplicateGroupName: {
    meaning: 'Two or more assigned groups bear the same name, which Dropbox allows only once.',
    advice: 'Rename one of them in Entra.',
  },
  groupNameTaken: {
    meaning: 'The team has a group of this name that is not ours.',
    advice: 'Rename one of the two, or allow adoption with groups.adoptByName.',
  },
  ambiguousMatch: {
    meaning: 'The external id belongs to one Dropbox member and the address to another.',
    advice: 'Remove one of the two from the team, or correct the address or the external id.',
  },
  foreignExternalId: {
    meaning: 'The Dropbox member carries the external id of another provisioner.',
    advice: 'When that one has retired, clear the external id in Dropbox.',
  },
  addressHeldByOurs: {
    meaning: 'The address still belongs to a member whom we provision for somebody else in Entra.',
    advice:
      'Nothing at first: it is tried again when that member has moved on. If it stays, give one of the two another address.',
  },
  removedInDropbox: {
    meaning: 'The Dropbox member was removed by somebody else.',
    advice:
      'Recover the member in Dropbox within seven days, or delete them there for good, if the person is to come back.',
  },
  suspendedInDropbox: {
    meaning: 'Somebody else suspended the Dropbox member; it is left to them to lift that.',
    advice: 'Unsuspend the member in Dropbox if the person is to have access.',
  },
  defaultAccess: {
    meaning:
      'The assignment has no role but Default Access, which counts for nothing in an app that declares roles.',
    advice: 'Assign one of the app’s roles instead.',
  },
  disabledRole: {
    meaning: 'The assignment has a role of the app that is switched off.',
    advice: 'Enable the role, or assign another.',
  },
  unknownRole: {
    meaning: 'The assignment has a role that the app does not declare.',
    advice: 'Assign one of the app’s roles instead.',
  },
  servicePrincipal: {
    meaning: 'The assignment is one of an application and not of a person or group.',
    advice: 'Nothing: applications get no Dropbox account. Remove the assignment if it misleads.',
  },
} as const;
