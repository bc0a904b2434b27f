import { z } from 'zod';

const streamSchema = z.object({
  /** Where the last complete round ended. Null before the first. */
  delta: z.string().nullable(),
  /** The page to read next in a round under way. Null between rounds. */
  next: z.string().nullable(),
});

/** A group whose members are read whole: from the first page, or from where the reading stands. */
const memberReadSchema = z.object({ groupId: z.string(), next: z.string().nullable() });

/**
 * How far the cycle is: the watermark of everything. One row, written after each page on condition that it is as it was read, so that
 * of two cycles that believe to hold the lease only one gets on.
 */
export const cycleStateSchema = z.object({
  id: z.string(),
  kind: z.enum(['initial', 'incremental']),
  /** `done`: the next cycle is a new one. */
  phase: z.enum([
    'links',
    'team',
    'teamGroups',
    'users',
    'groups',
    'judgeSaid',
    'assignments',
    'members',
    'late',
    'people',
    'leavers',
    'drift',
    'judge',
    'close',
    'done',
  ]),
  /**
   * True where the streams begin anew with this cycle: what it reads is all there is to know. Else the streams have told everything since
   * the last cycle, and a list, which may lag behind them, overrules nothing.
   */
  isFresh: z.boolean(),
  /** The cycle with which the streams began: what was read of a person before it may have changed without a word. */
  epoch: z.string(),
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  /** Fingerprint of the configuration under which `desired` was computed. */
  fingerprint: z.string(),
  /** The one before, and when it was replaced: an instance that still has it must not take over again. */
  replaced: z.object({ fingerprint: z.string(), at: z.number() }).nullable(),
  /** True where this cycle planned only: leaving that state starts an initial cycle. */
  planOnly: z.boolean(),
  /** True where this cycle also lists the team and compares it with what we last applied. */
  reconciles: z.boolean().default(false),
  users: streamSchema,
  groups: streamSchema,
  /** Of a Dropbox listing under way. */
  cursor: z.string().nullable(),
  /** True where the last list of assignments came back empty: no absence of anybody rests on it. */
  isScopeEmpty: z.boolean().default(false),
  /** Digest of the assignments and roles last taken in: the same again needs no look at the tables. */
  assignments: z.string(),
  /** Groups whose members are still to be read whole in this cycle. */
  memberReads: z.array(memberReadSchema),
  /** True once members were read in this cycle: the groups stream is then drained again. */
  membersRead: z.boolean(),
  /** Groups whose members could not be read: tried again in the next cycle. */
  unread: z.array(z.string()),
  /** People whose attributes are still to be read in this cycle. */
  toRead: z.array(z.string()),
  /** People in scope whom Entra did not show when asked: asked again after a while. */
  unresolved: z.array(z.string()),
  /** When they were asked last, in milliseconds since 1970. */
  unresolvedAt: z.number(),
  /** People whose page was taken in without attributes because a permission seems to be missing. */
  unreadable: z.number().int(),
  changed: z.number().int(),
  scheduled: z.number().int(),
  /** How often a round was started again because Graph forgot a page. */
  restarts: z.number().int(),
  excluded: z.record(z.string(), z.number().int()),
});
export type CycleState = Readonly<z.infer<typeof cycleStateSchema>>;
