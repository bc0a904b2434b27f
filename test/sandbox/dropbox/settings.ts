import { z } from 'zod';

import { wireSettingsShape } from '../wire/settings.ts';

/** The scopes that the emulated routes ask for. */
const knownScopes = [
  'account_info.read',
  'team_info.read',
  'members.read',
  'members.write',
  'members.delete',
  'groups.read',
  'groups.write',
  'events.read',
] as const;

const flag = (unlessSet: boolean) => z.boolean().default(unlessSet);
const whole = (unlessSet: number) => z.int().min(0).default(unlessSet);
const oneOf = <const T extends readonly [string, ...string[]]>(...names: T) => z.enum(names);
const scopeList = z.array(z.string()).readonly();
const everyNth = z.union([z.literal('never'), z.literal('always'), z.int().min(1)]);

/** Who may call. */
const credentials = {
  appKey: z.string().min(1).default('sandbox-app-key'),
  appSecret: z.string().min(1).default('sandbox-app-secret'),
  refreshToken: z.string().min(1).default('sandbox-refresh-token'),
  scopes: scopeList.default([...knownScopes]),
  appScopes: scopeList.default([...knownScopes]),
  grantReaches: oneOf('newTokens', 'allTokens').default('newTokens'),
  expiresInSeconds: z.int().min(1).default(14_400),
  redirectUris: z.array(z.string()).readonly().default([]),
  consent: oneOf('approve', 'deny').default('approve'),
  authorizingEmail: z.string().default(''),
  codeLifetimeSeconds: z.int().min(1).default(60),
  verifierWithSecret: oneOf('refuse', 'checkBoth').default('refuse'),
  tokenErrorStatus: z.union([z.literal(400), z.literal(401)]).default(400),
  noBearerStatus: z.union([z.literal(400), z.literal(401)]).default(400),
  teamTokenMayRevoke: flag(false),
  adminLeaves: oneOf('linkStays', 'linkEnds').default('linkStays'),
} as const;

/** How requests are read and how often they are let through. */
const requests = {
  emptyObjectForVoid: oneOf('refuse', 'accept').default('refuse'),
  unknownFields: oneOf('refuse', 'ignore').default('refuse'),
  selectorsMax: whole(100),
  rateLimitCalls: whole(0),
  rateLimitWindowSeconds: z.int().min(1).default(60),
  retryAfterSeconds: whole(5),
  rateLimitBody: oneOf('json', 'text').default('json'),
  unknownTagEvery: whole(0),
} as const;

const listings = {
  listLagMs: whole(0),
  infoLagMs: whole(0),
  listPositions: oneOf('offset', 'afterLast').default('offset'),
  shortPageEvery: whole(4),
  largePageLimit: whole(300),
  largePageTeam: whole(5_000),
  cursorLifetimeMs: whole(3_600_000),
} as const;

const jobs = {
  asyncAdd: everyNth.default(5),
  asyncRemove: everyNth.default(5),
  asyncDeleteGroup: everyNth.default('always'),
  jobPolls: whole(2),
  asyncEffectMs: whole(0),
  jobKeepMs: whole(3_600_000),
} as const;

const members = {
  shuffleRows: flag(true),
  recoverRestoresGroups: flag(false),
  recoveredStatus: oneOf('active', 'earlier').default('active'),
  removedInvitation: oneOf('gone', 'unrecoverable', 'recoverable').default('gone'),
  removedSelector: oneOf('user_not_in_team', 'user_not_found').default('user_not_in_team'),
  removedInGetInfo: oneOf('never', 'byId', 'always').default('never'),
  removedAddress: oneOf('rewritten', 'kept').default('rewritten'),
  removeErrorOrder: oneOf('argumentsFirst', 'stateFirst').default('argumentsFirst'),
  keepAccount: oneOf(
    'allowed',
    'cannot_keep_account',
    'cannot_keep_account_under_legal_hold',
    'cannot_keep_account_required_to_sign_tos',
  ).default('allowed'),
  externalSharing: flag(true),
  persistentIds: flag(false),
  directoryRestriction: flag(false),
  verifiedDomains: z.array(z.string()).readonly().default([]),
  ownSecondaryAsEmail: oneOf('refuse', 'accept').default('refuse'),
  renamedInvitationMails: flag(true),
  rolesOmitted: oneOf('clear', 'keep').default('clear'),
  invitedHasAccountId: flag(false),
  invitedUsesLicence: flag(true),
  suspendedIsProvisioned: flag(true),
  secondaryEmails: flag(true),
  secondaryEmailsMax: whole(5),
} as const;

const groups = {
  groupNameCase: oneOf('insensitive', 'sensitive').default('insensitive'),
  groupNameMax: whole(255),
  groupNameForbidden: z.string().default(''),
  defaultManagement: oneOf('user_managed', 'company_managed').default('user_managed'),
  deletedGroupReservedMs: whole(60_000),
  ownersTurnedCompany: oneOf('demoted', 'kept').default('demoted'),
  systemGroupListing: oneOf('empty', 'members').default('empty'),
  everyoneInProfiles: flag(true),
  groupMembersMax: whole(0),
  groupWriteGapMs: whole(0),
} as const;

const events = {
  eventDelayMs: whole(60_000),
  emptyEventPageEvery: whole(3),
} as const;

/** Every choice that Dropbox does not document, by name, with the less kind answer as its default. The README says what each means. */
export const settingsSchema = z.strictObject({
  ...wireSettingsShape,
  ...credentials,
  ...requests,
  ...listings,
  ...jobs,
  ...members,
  ...groups,
  ...events,
});

export type DropboxSettings = Readonly<z.infer<typeof settingsSchema>>;
