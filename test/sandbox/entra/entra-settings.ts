import { z } from 'zod';

import { wireSettingsShape } from '../wire/settings.ts';

const chance = z.number().min(0).max(1);
const milliseconds = z.number().min(0);
const dayMs = 24 * 60 * 60 * 1000;

/** Every choice that Graph's documentation leaves open, by name; README.md says what each stands for. */
export const entraSettingsSchema = z.strictObject({
  ...wireSettingsShape,
  origin: z.url().default('http://entra.sandbox'),
  accessToken: z.string().min(1).default('sandbox-token'),
  accessTokenExpiresAt: z.number().nullable().default(null),
  permissions: z
    .array(z.string())
    .readonly()
    .default(['User.Read.All', 'GroupMember.Read.All', 'Application.Read.All']),

  shuffle: z.boolean().default(true),
  deltaPageObjects: z.int().min(1).max(200).default(200),
  deltaPageLinks: z.int().min(1).max(500).default(500),
  shortPageChance: chance.default(0),
  emptyPageChance: chance.default(0),
  duplicateChance: chance.default(0),
  emptyLastPage: z.enum(['never', 'multiPage', 'always']).default('multiPage'),
  honourMaxPageSize: z.boolean().default(false),
  initialRemovedItems: z.boolean().default(true),
  initialRemovedEdges: z.boolean().default(true),
  initialEdgesOfSoftDeleted: z.boolean().default(true),
  scatterSlices: z.boolean().default(true),
  purgeShowsInGroupsDelta: z.boolean().default(false),

  deltaLinkLifetimeMs: milliseconds.default(7 * dayMs),
  nextLinkLifetimeMs: milliseconds.default(10 * 60 * 1000),
  expiredDeltaLink: z.enum(['gone', 'syncStateNotFound', 'resyncRequired']).default('gone'),
  expiredDeltaLinkStatus: z.int().min(400).max(410).default(400),
  goneCode: z.string().default('Gone'),
  resetLocationKeepsSelect: z.boolean().default(false),

  visibilityDelayMs: milliseconds.default(0),
  visibilityJitterMs: milliseconds.default(0),
  replicaLagMs: milliseconds.default(0),
  advancedQueryLagMs: milliseconds.default(0),
  assignmentLagMs: milliseconds.default(0),
  checkMemberGroupsLagMs: milliseconds.default(0),
  staleReplicaMs: milliseconds.default(60 * 60 * 1000),

  topOverMaximum: z.enum(['refuse', 'clamp']).default('refuse'),
  listAssignmentsOfDeleted: z.boolean().default(false),
  checkMemberGroupsNamesHidden: z.boolean().default(false),
  hiddenMembership: z.enum(['forbidden', 'empty']).default('forbidden'),
  getByIdsWithoutDirectoryRead: z.enum(['forbidden', 'limited']).default('forbidden'),

  throttling: z.boolean().default(true),
  resourceUnitsPer10s: z.number().min(1).nullable().default(null),
  writesPer150s: z.number().min(1).default(3000),
  usersDeltaUnits: z.int().min(1).default(2),
  chargeRefusals: z.boolean().default(false),
  throttledRequestUnits: z.number().min(0).default(1),
  lowPriorityReserve: chance.default(0.1),
  throttlePercentageHeader: z.boolean().default(false),
});

export type EntraSettings = Readonly<z.output<typeof entraSettingsSchema>>;
