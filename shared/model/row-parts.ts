import { z } from 'zod';

/** Version of rows, messages and reports written by this release; a reader that finds a higher one leaves the row alone. */
export const schemaVersion = 1;

/**
 * How much access desired takes away, weakest first. People: `suspend`, `remove`. Memberships: `remove`. Groups: `remove` takes out the
 * members whom we added and keeps the group, `delete` deletes it.
 */
export const heldEffectSchema = z.enum(['none', 'suspend', 'remove', 'delete']);
export type HeldEffect = z.infer<typeof heldEffectSchema>;

/** A named reason with what it is about; `code` is stable and documented, `detail` names the place. */
export const reasonSchema = z.object({ code: z.string(), detail: z.string() });
export type Reason = Readonly<z.infer<typeof reasonSchema>>;

export const errorNoteSchema = z.object({
  code: z.string(),
  detail: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
  /** When the first failure of this row's present trouble was; escrow counts its 28 days from here. */
  since: z.number(),
});
export type ErrorNote = Readonly<z.infer<typeof errorNoteSchema>>;

export const intentSchema = z.object({ operation: z.string(), at: z.number() });
