import { z } from 'zod';

/** The answer of a route that answers nothing: the literal `null`. */
export const voidSchema = z.null();

/** The answer of `members/remove`: done, or a job. A tag we do not know says nothing for certain. */
export const removeLaunchSchema = z.union([
  z.object({ '.tag': z.literal('complete') }).transform(() => ({ kind: 'complete' }) as const),
  z
    .object({ '.tag': z.literal('async_job_id'), async_job_id: z.string().min(1) })
    .transform((answer) => ({ kind: 'job', jobId: answer.async_job_id }) as const),
]);

/** The answer of `members/remove/job_status/get`. */
export const removeJobSchema = z.object({ '.tag': z.string() }).transform((answer) => {
  switch (answer['.tag']) {
    case 'in_progress':
      return 'running';
    case 'complete':
      return 'complete';
    default:
      return 'failed';
  }
});
