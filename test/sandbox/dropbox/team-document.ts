import { z } from 'zod';

import type {
  MemberName,
  TeamChange,
  TeamDocument,
  TeamDocumentEdge,
  TeamDocumentGroup,
  TeamDocumentMember,
  TeamFacts,
} from './team-types.ts';

const text = z.string().min(1);
const time = z.number().min(0);
const memberId = z.string().startsWith('dbmid:');
const groupId = z.string().startsWith('g:');
const management = z.enum(['company_managed', 'user_managed', 'system_managed']);
const accessType = z.enum(['member', 'owner']);

/** Name, seats and the addresses that belong to others. */
export const factsSchema: z.ZodType<TeamFacts> = z.strictObject({
  id: text,
  name: text,
  licences: z.int().min(0),
  takenElsewhere: z.exactOptional(
    z
      .array(
        z.strictObject({
          email: text,
          tag: z.enum([
            'user_on_another_team',
            'user_already_paired',
            'user_migration_failed',
            'user_creation_failed',
            'free_team_member_limit_reached',
            'other',
          ]),
        }),
      )
      .readonly(),
  ),
});

const memberSchema: z.ZodType<TeamDocumentMember> = z.strictObject({
  memberId: z.exactOptional(memberId),
  email: text,
  externalId: z.exactOptional(text.max(64)),
  persistentId: z.exactOptional(text),
  givenName: z.string(),
  surname: z.string(),
  status: z.enum(['active', 'invited', 'suspended', 'removed']),
  isAdmin: z.exactOptional(z.boolean()),
  roles: z.exactOptional(z.array(text).max(1).readonly()),
  secondaryEmails: z.exactOptional(
    z.array(z.strictObject({ email: text, isVerified: z.boolean() })).readonly(),
  ),
  isDirectoryRestricted: z.exactOptional(z.boolean()),
  groups: z.exactOptional(z.array(text).readonly()),
  invitedAt: z.exactOptional(time),
  joinedAt: z.exactOptional(time),
  suspendedAt: z.exactOptional(time),
  removedAt: z.exactOptional(time),
  isRecoverable: z.exactOptional(z.boolean()),
  wipeData: z.exactOptional(z.boolean()),
  invitationsMailed: z.exactOptional(z.number()),
});

const edgeSchema: z.ZodType<TeamDocumentEdge> = z
  .strictObject({
    memberId: z.exactOptional(memberId),
    email: z.exactOptional(text),
    accessType: z.exactOptional(accessType),
  })
  .refine(namesOne, { error: 'memberId or email is needed' });

const documentGroupSchema: z.ZodType<TeamDocumentGroup> = z.strictObject({
  groupId: z.exactOptional(groupId),
  name: text,
  externalId: z.exactOptional(text),
  management,
  members: z.exactOptional(z.array(edgeSchema).readonly()),
});

/** What `PUT /_control/team` takes; an unknown field is refused by name. */
export const documentSchema: z.ZodType<TeamDocument> = z.strictObject({
  team: factsSchema,
  members: z.array(memberSchema).readonly(),
  groups: z.array(documentGroupSchema).readonly(),
});

const memberNameShape = {
  memberId: z.exactOptional(memberId),
  email: z.exactOptional(text),
} as const;

const groupNameShape = { groupId: z.exactOptional(groupId), name: z.exactOptional(text) } as const;

const memberNameSchema: z.ZodType<MemberName> = z.strictObject(memberNameShape);

const memberEdit = z.strictObject({
  email: z.exactOptional(text),
  externalId: z.exactOptional(z.string().max(64)),
  persistentId: z.exactOptional(z.string()),
  givenName: z.exactOptional(z.string()),
  surname: z.exactOptional(z.string()),
  roles: z.exactOptional(z.array(text).max(1).readonly()),
  isAdmin: z.exactOptional(z.boolean()),
  isDirectoryRestricted: z.exactOptional(z.boolean()),
});

const groupEdit = z.strictObject({
  name: z.exactOptional(text),
  externalId: z.exactOptional(z.string()),
  management: z.exactOptional(z.enum(['company_managed', 'user_managed'])),
});

const changeSchema: z.ZodType<TeamChange> = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('acceptInvitation'), ...memberNameShape }),
  z.strictObject({ op: z.literal('acceptAll') }),
  z.strictObject({ op: z.literal('editMember'), ...memberNameShape, set: memberEdit }),
  z.strictObject({ op: z.literal('suspendMember'), ...memberNameShape }),
  z.strictObject({ op: z.literal('unsuspendMember'), ...memberNameShape }),
  z.strictObject({ op: z.literal('removeMember'), ...memberNameShape }),
  z.strictObject({ op: z.literal('recoverMember'), ...memberNameShape }),
  z.strictObject({ op: z.literal('addMember'), member: memberSchema }),
  z.strictObject({ op: z.literal('addGroup'), group: documentGroupSchema }),
  z.strictObject({ op: z.literal('editGroup'), ...groupNameShape, set: groupEdit }),
  z.strictObject({ op: z.literal('deleteGroup'), ...groupNameShape }),
  z.strictObject({
    op: z.literal('addGroupMember'),
    ...groupNameShape,
    member: memberNameSchema,
    accessType: z.exactOptional(accessType),
  }),
  z.strictObject({
    op: z.literal('removeGroupMember'),
    ...groupNameShape,
    member: memberNameSchema,
  }),
  z.strictObject({ op: z.literal('setLicences'), licences: z.int().min(0) }),
  z.strictObject({ op: z.literal('revokeRefreshToken') }),
  z.strictObject({ op: z.literal('expireAccessTokens') }),
  z.strictObject({ op: z.literal('removeScope'), scope: text }),
  z.strictObject({ op: z.literal('grantScope'), scope: text }),
]);

/** What `POST /_control/changes` takes. */
export const changesSchema = z.array(changeSchema).readonly();

function namesOne(name: MemberName): boolean {
  return name.memberId !== undefined || name.email !== undefined;
}
