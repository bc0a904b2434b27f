import { z } from 'zod';

const optionalText = z.string().optional();
const optionalTime = z.number().optional();

/** A member as the emulator remembers it, also long after the removal. Addresses are lower-case; times are milliseconds since 1970. */
export const memberSchema = z
  .object({
    memberId: z.string(),
    accountId: z.string(),
    /** The how-manieth member this was; folder ids come from it. */
    number: z.number(),
    email: z.string(),
    emailVerified: z.boolean(),
    secondaryEmails: z.array(z.object({ email: z.string(), isVerified: z.boolean() }).readonly()),
    externalId: optionalText,
    persistentId: optionalText,
    givenName: z.string(),
    surname: z.string(),
    status: z.enum(['active', 'invited', 'suspended', 'removed']),
    roleId: optionalText,
    isDirectoryRestricted: z.boolean(),
    groupIds: z.array(z.string()).readonly(),
    invitedAt: optionalTime,
    joinedAt: optionalTime,
    suspendedAt: optionalTime,
    removal: z
      .object({
        at: z.number(),
        /** The person can be recovered before this moment; absent for never. */
        recoverableUntil: optionalTime,
        earlierStatus: z.enum(['active', 'suspended', 'invited']),
        earlierGroups: z.array(
          z.object({ groupId: z.string(), accessType: z.enum(['member', 'owner']) }).readonly(),
        ),
        /** The person went on with an account of their own. */
        isDisconnected: z.boolean(),
        /** A cancelled invitation of which the API says nothing any more. */
        isGone: z.boolean(),
      })
      .readonly()
      .optional(),
    wipeData: z.boolean().optional(),
    invitationsMailed: z.number(),
  })
  .readonly();

export type Member = z.infer<typeof memberSchema>;

/** On the team: active, invited or suspended. Each of these takes a seat. */
export function isPresent(member: Member): boolean {
  return member.status !== 'removed';
}

/** True for a removed member that `members/recover` would bring back at this moment. */
export function isRecoverable(member: Member, now: number): boolean {
  return member.removal?.recoverableUntil !== undefined && now < member.removal.recoverableUntil;
}

/** The address and the ids of such a member cannot be given to anybody else. */
export function isReserving(member: Member, now: number): boolean {
  return isPresent(member) || isRecoverable(member, now);
}

/** Adds the member with the ids and defaults of somebody who was just invited. */
export function buildMember(
  ids: Pick<Member, 'memberId' | 'accountId' | 'number'>,
  facts: Pick<Member, 'email' | 'givenName' | 'surname'> & Partial<Member>,
): Member {
  return {
    ...ids,
    emailVerified: false,
    secondaryEmails: [],
    externalId: undefined,
    persistentId: undefined,
    status: 'invited',
    roleId: undefined,
    isDirectoryRestricted: false,
    groupIds: [],
    invitedAt: undefined,
    joinedAt: undefined,
    suspendedAt: undefined,
    removal: undefined,
    wipeData: undefined,
    invitationsMailed: 0,
    ...facts,
  };
}
