/** Properties that come without `$select`, by type (for users the ten that are documented as default, and `id`). */
export const shownProperties = {
  user: splitWords(`
  businessPhones displayName givenName id jobTitle mail mobilePhone officeLocation
  preferredLanguage surname userPrincipalName
`),
  group: splitWords(`
  classification createdDateTime deletedDateTime description displayName expirationDateTime
  groupTypes id isAssignableToRole mail mailEnabled mailNickname membershipRule
  membershipRuleProcessingState onPremisesDomainName onPremisesLastSyncDateTime
  onPremisesNetBiosName onPremisesSamAccountName onPremisesSecurityIdentifier
  onPremisesSyncEnabled preferredDataLocation preferredLanguage proxyAddresses
  renewedDateTime securityEnabled securityIdentifier theme visibility
`),
} as const;

/** Properties that come only when they are selected. */
export const hiddenProperties = {
  user: splitWords(`
  accountEnabled assignedLicenses assignedPlans city companyName country createdDateTime
  creationType customSecurityAttributes deletedDateTime department employeeHireDate
  employeeId employeeLeaveDateTime employeeOrgData employeeType externalUserState faxNumber
  identities licenseAssignmentStates mailNickname onPremisesDistinguishedName
  onPremisesDomainName onPremisesExtensionAttributes onPremisesImmutableId
  onPremisesLastSyncDateTime onPremisesSamAccountName onPremisesSecurityIdentifier
  onPremisesSyncEnabled onPremisesUserPrincipalName otherMails postalCode proxyAddresses
  signInActivity state streetAddress usageLocation userType manager
`),
  group: splitWords('members owners'),
} as const;

/** Never null in Graph: an empty collection stands for "nothing". */
export const collectionProperties: ReadonlySet<string> = new Set(
  splitWords(`
  businessPhones otherMails proxyAddresses identities assignedLicenses assignedPlans
  licenseAssignmentStates groupTypes
`),
);

/** Selectable, but a change raises nothing in a stream: kept outside the directory, or documented as not tracked. */
export const untrackedProperties: ReadonlySet<string> = new Set(
  splitWords('signInActivity licenseAssignmentStates'),
);

function splitWords(text: string): readonly string[] {
  return text.trim().split(/\s+/u);
}
