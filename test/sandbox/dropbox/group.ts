import { z } from 'zod';

/** What a member of a group is. */
export const accessTypeSchema = z.enum(['member', 'owner']);
export type AccessType = z.infer<typeof accessTypeSchema>;

/** A group without its members: those are edges, kept apart because a group may have thousands. */
export const groupSchema = z
  .object({
    groupId: z.string(),
    name: z.string(),
    externalId: z.string().optional(),
    management: z.enum(['company_managed', 'user_managed', 'system_managed']),
    createdAt: z.number(),
    /** Deleted groups are kept to be told apart from unknown ones. */
    deletedAt: z.number().optional(),
  })
  .readonly();

export type Group = z.infer<typeof groupSchema>;
