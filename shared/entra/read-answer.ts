import type { z } from 'zod';

import { TransientError } from '../model/errors.ts';
import type { Clock, Log } from '../model/ports.ts';
import { toGraphError } from './graph-errors.ts';
import type { Asked, GraphAnswer } from './graph-errors.ts';

export interface AnswerDeps {
  readonly clock: Clock;
  readonly log: Log;
}

/** The content of a whole answer. Anything else is logged and thrown as the error that fits it. */
export function readAnswer<T>(
  answer: GraphAnswer,
  schema: z.ZodType<T>,
  asked: Asked,
  { clock, log }: AnswerDeps,
): T {
  if (answer.status !== 200) {
    logRefusal(answer, asked, log);
    throw toGraphError(answer, asked, clock.now());
  }
  const parsed = schema.safeParse(answer.body);
  if (parsed.success) return parsed.data;
  const reason = describeIssues(parsed.error);
  log.warn('entra.unusable', { subject: asked.subject, reason });
  // An answer that lacks something proves nothing, so it counts as none.
  throw new TransientError(
    `cannot read ${asked.subject}: the answer is incomplete or unknown (${reason})`,
    0,
  );
}

function logRefusal(answer: GraphAnswer, asked: Asked, log: Log): void {
  // Objects come and go; who is not there is no trouble.
  if (answer.status === 404) return;
  log.warn('entra.refused', {
    subject: asked.subject,
    status: answer.status,
    requestId: answer.headers['request-id'],
    retryAfter: answer.headers['retry-after'],
    throttleScope: answer.headers['x-ms-throttle-scope'],
    throttleInformation: answer.headers['x-ms-throttle-information'],
  });
}

/** Places and kinds, never values. */
function describeIssues(error: z.ZodError): string {
  const issues = error.issues.slice(0, 3);
  return issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
}
