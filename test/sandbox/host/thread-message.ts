import { z } from 'zod';

/** What the thread says when it stands, or why it does not. */
export const threadMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), address: z.string() }),
  z.object({ kind: z.literal('wrong'), problem: z.string() }),
]);
export type ThreadMessage = z.infer<typeof threadMessageSchema>;
