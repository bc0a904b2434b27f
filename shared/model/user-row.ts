import { z } from 'zod';
import type { JsonValue } from './source.ts';
import { errorNoteSchema, heldEffectSchema, intentSchema, reasonSchema } from './row-parts.ts';

/** The row's columns are JSON, so whatever comes out of them is a JSON value. */
const jsonSchema = z.custom<JsonValue>();

/** What Entra last said about a person. Written only by the cycle. */
export const userSourceSchema = z.object({
  /** Selected Graph properties; null while only an edge or an assignment to this id has been seen. */
  attributes: z.record(z.string(), jsonSchema).nullable(),
  /** The epoch of the streams in which attributes and deletion were last told; empty before. */
  epoch: z.string(),
  deleted: z.enum(['no', 'soft', 'hard']),
  /** Assigned groups this person is a direct member of, sorted. */
  groups: z.array(z.string()),
  /** Enabled app roles this person holds directly, sorted. */
  roles: z.array(z.string()),
});

/** What of a person Dropbox shows, as the mapping made it. */
const memberTargetSchema = z.object({
  email: z.string(),
  givenName: z.string(),
  surname: z.string(),
  externalId: z.string(),
});

/** What Dropbox should look like for this person, and why. Written only by the cycle. */
export const userDesiredSchema = z.object({
  /** Counts the changes of this part; never falls. */
  generation: z.number().int(),
  presence: z.enum(['member', 'absent']),
  /** Null where nothing can be mapped: a stub, or a person who has never been in scope. */
  target: memberTargetSchema.nullable(),
  /** In scope because of what: `role:<id>`, `group:<id>`. */
  because: z.array(z.string()),
  /** Why this person cannot be provisioned although in scope. */
  skip: reasonSchema.nullable(),
  /** True once this person has been desired in the team: from then on an invitation may be in flight. */
  given: z.boolean(),
  takes: heldEffectSchema,
  takesBecause: reasonSchema.nullable(),
  takesKind: z.enum(['said', 'missing']).nullable(),
  /** Milliseconds since 1970; 0 while `takes` is none. */
  takesSince: z.number(),
  releasedTakes: heldEffectSchema,
  /** Why the absence is no proof by itself: then a person decides, whatever the budget. Null where it is one. */
  takesDoubt: z.string().nullable().default(null),
  /** Since when anything at all is taken away without a break, in milliseconds since 1970; 0 for nothing. */
  departedAt: z.number().default(0),
  /** Since when a reason holds that ends in removal after the grace period, in milliseconds since 1970; 0 for none. */
  leftSince: z.number().default(0),
  /** A member id that Dropbox does not know any more, released to be dropped from `applied`; null for none. */
  unlinks: z.string().nullable().default(null),
});

/** What we last made true or read in Dropbox. Written only by the apply worker. */
export const userAppliedSchema = z.object({
  /** The desired generation that is true in Dropbox, as far as it may be carried out; 0 before the first. */
  generation: z.number().int(),
  /** The desired generation last tried, whatever came of it. */
  tried: z.number().int(),
  memberId: z.string().nullable(),
  status: z.enum(['none', 'invited', 'active', 'suspended', 'removed', 'unknown']),
  actual: memberTargetSchema.nullable(),
  origin: z.enum(['invited', 'adopted', 'linked']).nullable(),
  suspendedByUs: z.boolean(),
  removedByUs: z.boolean(),
  attempts: z.number().int(),
  /** Milliseconds since 1970; 0 where nothing waits. */
  nextTry: z.number(),
  error: errorNoteSchema.nullable(),
  /** Written before a call whose lost answer could hide whose work an effect is. */
  intended: intentSchema.nullable(),
  /** A Dropbox job whose answer is still to be fetched. */
  jobId: z.string().nullable(),
});

export type UserSource = Readonly<z.infer<typeof userSourceSchema>>;
export type MemberTarget = Readonly<z.infer<typeof memberTargetSchema>>;
export type UserDesired = Readonly<z.infer<typeof userDesiredSchema>>;
export type UserApplied = Readonly<z.infer<typeof userAppliedSchema>>;

export interface UserRow {
  readonly id: string;
  /** Undefined for a row that does not exist yet. */
  readonly etag: string | undefined;
  readonly source: UserSource;
  readonly desired: UserDesired;
  readonly applied: UserApplied;
  /** True for a row of a later release, or one that makes no sense: it is left alone. */
  readonly isUnreadable?: boolean;
}

export const unknownUserSource: UserSource = {
  attributes: null,
  epoch: '',
  deleted: 'no',
  groups: [],
  roles: [],
};

export const nothingDesiredOfUser: UserDesired = {
  generation: 0,
  presence: 'absent',
  target: null,
  because: [],
  skip: null,
  given: false,
  takes: 'none',
  takesBecause: null,
  takesKind: null,
  takesSince: 0,
  releasedTakes: 'none',
  takesDoubt: null,
  departedAt: 0,
  leftSince: 0,
  unlinks: null,
};

export const nothingAppliedToUser: UserApplied = {
  generation: 0,
  tried: 0,
  memberId: null,
  status: 'none',
  actual: null,
  origin: null,
  suspendedByUs: false,
  removedByUs: false,
  attempts: 0,
  nextTry: 0,
  error: null,
  intended: null,
  jobId: null,
};

/** The row of a person nobody has spoken of yet. */
export function emptyUserRow(id: string): UserRow {
  return {
    id,
    etag: undefined,
    source: unknownUserSource,
    desired: nothingDesiredOfUser,
    applied: nothingAppliedToUser,
  };
}
