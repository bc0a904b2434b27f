/** Why everything is stopped, and what became of a call that Dropbox did not simply take or refuse. */
export const stopCodes = {
  credentialRefused: {
    meaning: 'Dropbox or Entra refuses our credentials.',
    advice:
      'Authorise the app again in Dropbox, or grant consent again in Entra, as the message says. It is tried again by itself.',
  },
  scopeMissing: {
    meaning: 'Dropbox refuses a call because a scope is missing.',
    advice:
      'Enable the scope on the Permissions tab of the Dropbox app, then authorise the app again.',
  },
  permissionMissing: {
    meaning: 'A permission in Entra, or a scope in Dropbox, is missing.',
    advice:
      'Grant the one that the message names, with admin consent. In Dropbox, authorise the app again afterwards.',
  },
  otherTenant: {
    meaning: 'The stored state belongs to another Entra tenant than the one in the settings.',
    advice: 'Correct the tenant in the settings, or use another storage account for this tenant.',
  },
  otherTeam: {
    meaning: 'The stored state belongs to another Dropbox team than the one that authorised us.',
    advice: 'Authorise the app with the right team, or use another storage account for this team.',
  },
  tooManyFailures: {
    meaning: 'Too many operations failed within an hour, so everything pauses.',
    advice:
      'See the provisioning log for the code that is named most often, and follow its advice.',
  },
  switchedOffAfterQuarantine: {
    meaning: 'The quarantine has lasted four weeks, so the job was switched off.',
    advice: 'Mend what the quarantine names, then switch the job on again.',
  },
  answerLost: {
    meaning: 'Dropbox gave no clear answer, so nobody knows whether the call took effect.',
    advice:
      'Nothing: Dropbox is asked before anything is repeated. If it stays, see whether Dropbox has an outage.',
  },
  malformed: {
    meaning: 'Dropbox says that the call itself is malformed.',
    advice:
      'See the detail for the value that Dropbox does not take, and correct it in Entra. Report it if none is to be seen.',
  },
  noLicence: {
    meaning: 'The team has no licence left, so the person waits.',
    advice:
      'Buy licences or free one. Whoever waits then comes by themselves, within a quarter of an hour.',
  },
  failsAlone: {
    meaning:
      'The work on this identity fails again and again, even alone, for a reason nobody knows.',
    advice:
      'See the errors in the application’s log and report them. It is tried again every six hours.',
  },
} as const;
