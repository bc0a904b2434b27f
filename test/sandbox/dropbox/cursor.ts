import { z } from 'zod';

import { hashText } from './ordered-ids.ts';

const cursorSchema = z
  .object({
    /** The listing it belongs to; a cursor is good for that one only. */
    listing: z.string(),
    generation: z.number(),
    issuedAt: z.number(),
    /** How many pages came before. */
    page: z.number(),
    /** How many items came before. */
    offset: z.number(),
    /** The last item that came. */
    lastId: z.string().optional(),
    /** What was asked for in the first place. */
    query: z.unknown(),
  })
  .readonly();

export type Cursor = z.infer<typeof cursorSchema>;

/** An opaque text; altering any part of it makes it invalid. */
export function writeCursor(cursor: Cursor): string {
  const text = JSON.stringify(cursor);
  const check = hashText(text, checkSeed).toString(36);
  return `AA${Buffer.from(`${check}|${text}`).toString('base64url')}`;
}

/** Undefined where the text was not made by `writeCursor`. */
export function readCursor(text: string): Cursor | undefined {
  const decoded = Buffer.from(text.slice(2), 'base64url').toString();
  const split = decoded.indexOf('|');
  const json = decoded.slice(split + 1);
  if (split < 1 || decoded.slice(0, split) !== hashText(json, checkSeed).toString(36)) {
    return undefined;
  }
  return cursorSchema.safeParse(JSON.parse(json)).data;
}

const checkSeed = 4711;
