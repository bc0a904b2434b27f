import { z } from 'zod';

import type { SeededRandom } from '../wire/random.ts';
import type { DropboxSettings } from './settings.ts';

const jobSchema = z
  .object({
    jobId: z.string(),
    kind: z.enum(['add', 'remove', 'deleteGroup']),
    launchedAt: z.number(),
    pollsLeft: z.number(),
    /** What the job will do, and since when it may. Absent once it has been done. */
    pending: z
      .object({ argument: z.unknown(), dueAt: z.number(), sequence: z.number() })
      .readonly()
      .optional(),
    /** The rows of an add. */
    result: z.unknown().optional(),
    failure: z.string().optional(),
  })
  .readonly();

const savedSchema = z.object({
  jobs: z.array(jobSchema),
  launches: z.object({ add: z.number(), remove: z.number(), deleteGroup: z.number() }),
});

type Job = z.infer<typeof jobSchema>;
type JobKind = Job['kind'];

/** Calls that Dropbox answers with a job id. */
export interface Jobs {
  /** Counts a call and says whether it is answered with a job. */
  isAsync(kind: JobKind): boolean;
  launch(job: Omit<Job, 'jobId' | 'launchedAt' | 'pollsLeft'>): Job;
  /** Undefined for an unknown job, one of another kind, and one that is too old. */
  read(jobId: string, kind: JobKind): Job | undefined;
  put(job: Job): void;
  /** Jobs whose effect is due, oldest first. */
  readDue(): readonly Job[];
  clear(): void;
  save(): unknown;
  load(saved: unknown): void;
}

interface Options {
  readonly now: () => number;
  readonly settings: () => DropboxSettings;
  readonly random: SeededRandom;
}

const noLaunches = { add: 0, remove: 0, deleteGroup: 0 } as const;

/** No jobs yet; the settings say which calls become one and for how long. */
export function createJobs({ now, settings, random }: Options): Jobs {
  const jobs = new Map<string, Job>();
  let launches: { readonly [K in JobKind]: number } = noLaunches;
  const forgetOld = (): void => {
    for (const job of jobs.values()) {
      if (job.launchedAt + settings().jobKeepMs >= now()) return;
      if (job.pending === undefined) jobs.delete(job.jobId);
    }
  };

  return {
    isAsync: (kind) => {
      const { asyncAdd, asyncRemove, asyncDeleteGroup } = settings();
      const choice = { add: asyncAdd, remove: asyncRemove, deleteGroup: asyncDeleteGroup }[kind];
      launches = { ...launches, [kind]: launches[kind] + 1 };
      if (typeof choice === 'number') return launches[kind] % choice === 0;
      return choice === 'always';
    },
    launch: (facts) => {
      forgetOld();
      const job: Job = {
        ...facts,
        jobId: `dbjid:AAB${random.token().replaceAll('-', '')}`,
        launchedAt: now(),
        pollsLeft: settings().jobPolls,
      };
      jobs.set(job.jobId, job);
      return job;
    },
    read: (jobId, kind) => {
      const job = jobs.get(jobId);
      if (job?.kind !== kind) return undefined;
      return job.launchedAt + settings().jobKeepMs < now() ? undefined : job;
    },
    put: (job) => {
      jobs.set(job.jobId, job);
    },
    readDue: () =>
      [...jobs.values()].filter(({ pending }) => pending !== undefined && pending.dueAt <= now()),
    clear: () => {
      jobs.clear();
      launches = noLaunches;
    },
    save: () => ({ jobs: [...jobs.values()], launches }),
    load: (saved) => {
      const parsed = savedSchema.parse(saved);
      jobs.clear();
      for (const job of parsed.jobs) jobs.set(job.jobId, job);
      launches = parsed.launches;
    },
  };
}
