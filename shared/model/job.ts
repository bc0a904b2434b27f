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

/** A kind of call that needs a licence and was refused one: none is made but a probe now and then. */
const gateSchema = z.object({
  /** Milliseconds since 1970. */
  since: z.number(),
  /** When one person may be tried. Whoever waits is due then. */
  nextProbe: z.number(),
  /** Dropbox's word for it. */
  code: z.string(),
});
export type LicenceGate = Readonly<z.infer<typeof gateSchema>>;
export type GateKind = 'invite' | 'recover' | 'unsuspend';

/** How many operations were carried out and how many failed for the first time, within ten minutes. */
const tallySchema = z.object({
  /** Milliseconds since 1970. */
  at: z.number(),
  done: z.number().int(),
  failed: z.number().int(),
  /** The failures, by code. */
  codes: z.record(z.string(), z.number().int()),
});
export type Tally = Readonly<z.infer<typeof tallySchema>>;

/** What every writer looks at before each call to Dropbox. */
export const brakeSchema = z.object({
  /** No call to Dropbox before this time, in milliseconds since 1970; 0 for none. */
  notBefore: z.number(),
  quarantine: quarantineSchema.nullable(),
  /** The last one that was lifted: the same again within a day waits longer, since lifting it had proven nothing. */
  lifted: z
    .object({
      code: z.string(),
      attempts: z.number().int(),
      at: z.number(),
      /** When it had begun; 0 where that is not known. */
      since: z.number().default(0),
    })
    .nullable(),
  /** The gates that are closed. */
  gates: z
    .object({
      invite: gateSchema.optional(),
      recover: gateSchema.optional(),
      unsuspend: gateSchema.optional(),
    })
    .default({}),
  /** The last hour since something failed, oldest first; empty while nothing did. */
  tallies: z.array(tallySchema).default([]),
});
export type Brake = Readonly<z.infer<typeof brakeSchema>>;

export const noBrake: Brake = {
  notBefore: 0,
  quarantine: null,
  lifted: null,
  gates: {},
  tallies: [],
};

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
  /** When the team was last compared with what we applied, in milliseconds since 1970; 0 for never. */
  reconciledAt: z.number().default(0),
  /** What that came to. `strangers`: members of the team whom no row links. */
  drift: z
    .object({ members: z.number().int(), gone: z.number().int(), strangers: z.number().int() })
    .default({ members: 0, gone: 0, strangers: 0 }),
  /** Member id of the admin who authorised us: never suspended or removed. Null where Dropbox does not say. */
  authorisingAdmin: z.string().nullable().default(null),
  /** How many people and memberships we manage, as last counted: the guards' percentages are of these. */
  managed: z
    .object({ at: z.number(), people: z.number().int(), memberships: z.number().int() })
    .default({ at: 0, people: 0, memberships: 0 }),
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
    /** Of those held, how many wait for a person to decide. */
    staged: z.number().int().default(0),
    /** Since when somebody is to lose access that neither a person nor a guard keeps, in milliseconds since 1970; 0 for nobody. */
    oldestRemoval: z.number().default(0),
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
  reconciledAt: 0,
  drift: { members: 0, gone: 0, strangers: 0 },
  authorisingAdmin: null,
  managed: { at: 0, people: 0, memberships: 0 },
  initialDone: false,
  lastCycle: null,
  excluded: {},
  storageCalls: 0,
  backlog: {
    at: 0,
    pending: 0,
    oldestDue: 0,
    held: 0,
    staged: 0,
    oldestRemoval: 0,
    escrow: 0,
    slots: 0,
  },
};
