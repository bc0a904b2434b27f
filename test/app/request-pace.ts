import { z } from 'zod';
import type { ControlClient } from '../sandbox/start/control-client.ts';

/** `GET /_control/requests`, as far as pace is read from it. */
const recordsSchema = z.array(
  z.object({
    sequence: z.number(),
    at: z.number(),
    route: z.string(),
    status: z.union([z.number(), z.literal('reset')]),
    partOf: z.number().optional(),
    retryAfter: z.number().optional(),
    fault: z.string().optional(),
  }),
);
type Record = z.infer<typeof recordsSchema>[number];

/** Requests that arrive so soon after a refusal were on their way when it was sent. Far below the shortest time asked for in these tests. */
const inFlightMs = 250;

export interface Pace {
  /** How many answers asked for patience. */
  readonly asked: number;
  /** Requests that came sooner than asked, in words. */
  readonly tooSoon: readonly string[];
}

/**
 * Whether the app kept the pace that one service asked for: after a 429 (of a request, or of a part of a batch) that arrived at T with
 * `Retry-After: t`, no request to that service arrives before T + t, but those already in flight. Reads the log of the emulator, which
 * answers without delay, so that T is also the time of the answer.
 */
export async function judgePace(emulator: ControlClient): Promise<Pace> {
  const records = await emulator.read('/requests', recordsSchema);
  const requests = records.filter(({ partOf }) => partOf === undefined);
  const refusals = records.filter(({ status, retryAfter }) => status === 429 && retryAfter);
  return {
    asked: refusals.length,
    tooSoon: refusals.flatMap((refusal) => describeTooSoon(refusal, requests)),
  };
}

function describeTooSoon(refusal: Record, requests: readonly Record[]): readonly string[] {
  const { at, retryAfter = 0, route } = refusal;
  return requests
    .filter((request) => request.at > at + inFlightMs && request.at < at + retryAfter * 1000)
    .map((request) => {
      const asked = `${route} asked for ${retryAfter} s`;
      return `${request.route} came ${request.at - at} ms after ${asked}`;
    });
}
