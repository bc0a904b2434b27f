import { z } from 'zod';

const eventSchema = z
  .object({
    at: z.number(),
    category: z.enum(['members', 'groups']),
    type: z.string(),
    details: z.record(z.string(), z.unknown()).readonly(),
    /** `app` for what came through the API, `admin` for what happened in the admin console. */
    actor: z.enum(['app', 'admin', 'member']),
    memberId: z.string().optional(),
    groupId: z.string().optional(),
  })
  .readonly();

/** One line of the team's activity log, before it is put on the wire. */
export type TeamEvent = z.infer<typeof eventSchema>;

export interface EventLog {
  add(event: Omit<TeamEvent, 'at'>): void;
  /** Events from `offset` on that are older than the delay. */
  readVisible(offset: number, delayMs: number): readonly TeamEvent[];
  clear(): void;
  save(): unknown;
  load(saved: unknown): void;
}

/** An empty log; events get the time of `now`. */
export function createEventLog(now: () => number): EventLog {
  let events: TeamEvent[] = [];
  return {
    add: (event) => {
      events.push({ ...event, at: now() });
    },
    readVisible: (offset, delayMs) => {
      const until = now() - delayMs;
      const end = events.findIndex((event) => event.at > until);
      return events.slice(offset, end === -1 ? events.length : Math.max(end, offset));
    },
    clear: () => {
      events = [];
    },
    save: () => events,
    load: (saved) => {
      events = z.array(eventSchema).parse(saved);
    },
  };
}
