import { z } from 'zod';

/** Whether the job provisions, only plans, or does nothing. Written by the operator. */
export const operatorSchema = z.object({
  status: z.enum(['off', 'planOnly', 'on']),
  paused: z.boolean(),
});
export type Operator = Readonly<z.infer<typeof operatorSchema>>;

/** Why everything is stopped or slowed, and when it is tried again. */
const quarantineSchema = z.object({
  code: z.string(),
  detail: z.string(),
  /** Milliseconds since 1970. */
  since: z.number(),
  attempts: z.number().int(),
  nextAttempt: z.number(),
});
export type Quarantine = Readonly<z.infer<typeof quarantineSchema>>;

/** What every writer looks at before each call to Dropbox. */
export const brakeSchema = z.object({
  /** No call to Dropbox before this time, in milliseconds since 1970; 0 for none. */
  notBefore: z.number(),
  quarantine: quarantineSchema.nullable(),
  /** The last one that was lifted: the same again within a day waits longer, since lifting it had proven nothing. */
  lifted: z.object({ code: z.string(), attempts: z.number().int(), at: z.number() }).nullable(),
});
export type Brake = Readonly<z.infer<typeof brakeSchema>>;

export const noBrake: Brake = { notBefore: 0, quarantine: null, lifted: null };

/** What came of the last cycle, and the heartbeat of the timer. Written only by the cycle. */
export const heartbeatSchema = z.object({
  /** Milliseconds since 1970 of the last tick, whatever it did. */
  at: z.number(),
  /** Milliseconds since 1970 of the last successful question to Dropbox. */
  probedAt: z.number(),
  /** Graph asked for patience until then; 0 for not. */
  sourceNotBefore: z.number(),
  tenantId: z.string().nullable(),
  teamId: z.string().nullable(),
  /** The last complete listing of the team; rows of others are out of date. Empty before the first. */
  listing: z.string(),
  /** When it was complete, in milliseconds since 1970. */
  listedAt: z.number(),
  /** True once an initial cycle has been complete: before that nothing is dispatched. */
  initialDone: z.boolean(),
  lastCycle: z
    .object({
      id: z.string(),
      kind: z.enum(['initial', 'incremental']),
      startedAt: z.number(),
      endedAt: z.number(),
      outcome: z.enum(['complete', 'interrupted', 'failed']),
      /** Rows whose desired state changed, and identities scheduled. */
      changed: z.number().int(),
      scheduled: z.number().int(),
      /** People whom Graph showed without what everybody has. */
      unreadable: z.number().int(),
      error: z.string().nullable(),
    })
    .nullable(),
  /** Assignments that give nobody access, by reason: `defaultAccess`, `disabledRole`, `servicePrincipal`. */
  excluded: z.record(z.string(), z.number().int()),
  /** Calls to Table Storage by the process that ran the last tick, since it started. */
  storageCalls: z.number().int(),
  backlog: z.object({
    /** When it was counted. */
    at: z.number(),
    pending: z.number().int(),
    oldestDue: z.number(),
    held: z.number().int(),
    /** Entries whose next try lies more than a minute ahead: refused by Dropbox, waiting. */
    escrow: z.number().int(),
    slots: z.number().int(),
  }),
});
export type Heartbeat = Readonly<z.infer<typeof heartbeatSchema>>;

export const noHeartbeat: Heartbeat = {
  at: 0,
  probedAt: 0,
  sourceNotBefore: 0,
  tenantId: null,
  teamId: null,
  listing: '',
  listedAt: 0,
  initialDone: false,
  lastCycle: null,
  excluded: {},
  storageCalls: 0,
  backlog: { at: 0, pending: 0, oldestDue: 0, held: 0, escrow: 0, slots: 0 },
};
