import { z } from 'zod';

const doorbellMessageSchema = z.object({
  v: z.literal(1),
  slot: z.int().min(0),
  token: z.string().min(1),
});

/** What a message of the doorbell says: which slot to look at, and the token that was the slot's when the bell was rung. */
export interface DoorbellMessage {
  readonly slot: number;
  readonly token: string;
}

/**
 * Reads what a queue trigger hands over: the parsed JSON, or its text. Throws an Error that names each problem where it is no message
 * of ours, or one of another schema version.
 */
export function parseDoorbellMessage(input: unknown): DoorbellMessage {
  const parsed = doorbellMessageSchema.safeParse(
    typeof input === 'string' ? parseJson(input) : input,
  );
  if (!parsed.success) {
    throw new Error(`cannot read the doorbell message: ${z.prettifyError(parsed.error)}`);
  }
  return { slot: parsed.data.slot, token: parsed.data.token };
}

/** The text of a message, before its encoding for the queue. */
export function formatDoorbellMessage({ slot, token }: DoorbellMessage): string {
  return JSON.stringify({ v: 1, slot, token });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error('cannot read the doorbell message: not JSON', { cause: error });
  }
}
