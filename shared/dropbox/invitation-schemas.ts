import { z } from 'zod';
import type { InviteRow } from '../model/target.ts';
import { memberInfoSchema } from './member-schemas.ts';
import { redact } from './redact.ts';

const taggedRowSchema = z.looseObject({ '.tag': z.string().min(1) });

/** Rows are read one by one: one that we cannot read must not hide what the others say. */
const rowsSchema = z
  .array(z.unknown())
  .transform((rows) => rows.map(toInviteRow).filter((row) => row !== undefined));

const completeSchema = z
  .object({ '.tag': z.literal('complete'), complete: rowsSchema })
  .transform((answer) => ({ kind: 'complete', rows: answer.complete }) as const);

const otherSchema = z
  .object({ '.tag': z.string().min(1) })
  .transform((answer) => ({ kind: 'failed', reason: answer['.tag'] }) as const);

/** The answer of `members/add_v2`: rows, a job, or a tag we do not know, whose outcome is therefore unknown. */
export const inviteLaunchSchema = z.union([
  completeSchema,
  z
    .object({ '.tag': z.literal('async_job_id'), async_job_id: z.string().min(1) })
    .transform((answer) => ({ kind: 'job', jobId: answer.async_job_id }) as const),
  otherSchema,
]);

/** The answer of `members/add/job_status/get_v2`. `failed` carries a text for people, which may quote addresses. */
export const inviteJobSchema = z.union([
  completeSchema,
  z
    .object({ '.tag': z.literal('failed'), failed: z.string() })
    .transform((answer) => ({ kind: 'failed', reason: redact(answer.failed) }) as const),
  z.object({ '.tag': z.literal('in_progress') }).transform(() => ({ kind: 'running' }) as const),
  otherSchema,
]);

/** Undefined for a row of which nobody can say whom it is about. */
function toInviteRow(row: unknown): InviteRow | undefined {
  const tagged = taggedRowSchema.safeParse(row);
  if (!tagged.success) return undefined;
  const tag = tagged.data['.tag'];
  if (tag === 'success') {
    const parsed = memberInfoSchema.safeParse(row);
    if (!parsed.success) return undefined;
    return { kind: 'done', email: parsed.data.email, member: parsed.data };
  }
  const email = tagged.data[tag];
  if (typeof email !== 'string' || !email.includes('@')) return undefined;
  return { kind: 'refused', email: email.toLowerCase(), refusal: { tag } };
}
