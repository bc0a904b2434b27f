import { z } from 'zod';
import { errorNoteSchema, heldEffectSchema, intentSchema, reasonSchema } from './row-parts.ts';

/** What Entra last said about an assigned group. Written only by the cycle. */
export const groupSourceSchema = z.object({
  /** Null while the name has not been read. */
  displayName: z.string().nullable(),
  deleted: z.enum(['no', 'soft', 'hard']),
  /** Enabled app roles this group holds, sorted; empty where it is not assigned. */
  roles: z.array(z.string()),
});

/** What Dropbox should look like for this group. Written only by the cycle. */
export const groupDesiredSchema = z.object({
  generation: z.number().int(),
  presence: z.enum(['group', 'absent']),
  name: z.string().nullable(),
  skip: reasonSchema.nullable(),
  given: z.boolean(),
  takes: heldEffectSchema,
  takesBecause: reasonSchema.nullable(),
  takesKind: z.enum(['said', 'missing']).nullable(),
  takesSince: z.number(),
  releasedTakes: heldEffectSchema,
  /** Why the absence is no proof by itself: then a person decides, whatever the budget. Null where it is one. */
  takesDoubt: z.string().nullable().default(null),
  /** Since when anything at all is taken away without a break, in milliseconds since 1970; 0 for nothing. */
  departedAt: z.number().default(0),
});

/** What we last made true or read in Dropbox for this group. Written only by the apply worker. */
export const groupAppliedSchema = z.object({
  generation: z.number().int(),
  tried: z.number().int(),
  groupId: z.string().nullable(),
  name: z.string().nullable(),
  origin: z.enum(['created', 'adopted', 'linked']).nullable(),
  attempts: z.number().int(),
  nextTry: z.number(),
  error: errorNoteSchema.nullable(),
  intended: intentSchema.nullable(),
  /** Members of the Dropbox group whom we did not add and Entra does not list, as last counted. */
  strangers: z.number().int().default(0),
});

export type GroupSource = Readonly<z.infer<typeof groupSourceSchema>>;
export type GroupDesired = Readonly<z.infer<typeof groupDesiredSchema>>;
export type GroupApplied = Readonly<z.infer<typeof groupAppliedSchema>>;

export interface GroupRow {
  readonly id: string;
  /** Undefined for a row that does not exist yet. */
  readonly etag: string | undefined;
  readonly source: GroupSource;
  readonly desired: GroupDesired;
  readonly applied: GroupApplied;
  /** True for a row of a later release, or one that makes no sense: it is left alone. */
  readonly isUnreadable?: boolean;
}

/** The row of a group nobody has spoken of yet. */
export function emptyGroupRow(id: string): GroupRow {
  return {
    id,
    etag: undefined,
    source: { displayName: null, deleted: 'no', roles: [] },
    desired: {
      generation: 0,
      presence: 'absent',
      name: null,
      skip: null,
      given: false,
      takes: 'none',
      takesBecause: null,
      takesKind: null,
      takesSince: 0,
      releasedTakes: 'none',
      takesDoubt: null,
      departedAt: 0,
    },
    applied: {
      generation: 0,
      tried: 0,
      groupId: null,
      name: null,
      origin: null,
      attempts: 0,
      nextTry: 0,
      error: null,
      intended: null,
      strangers: 0,
    },
  };
}
