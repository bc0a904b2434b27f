import { z } from 'zod';

import type { GraphCall } from './graph-call.ts';
import { GraphRefusal } from './graph-refusal.ts';

/** The body of a request; 400 where it is not JSON, or not what the route takes. */
export function parseBody<T>(call: GraphCall, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parseJson(call.request.body));
  if (parsed.success) return parsed.data;
  throw new GraphRefusal(400, 'Request_BadRequest', z.prettifyError(parsed.error));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new GraphRefusal(400, 'BadRequest', 'Unable to read JSON request payload.');
  }
}
