import { z } from 'zod';

import type { EmulatorParts } from './emulator-parts.ts';
import { faultSchema, type FaultList } from './fault-list.ts';
import { buildJsonResponse } from './json-response.ts';
import type { RequestLog } from './request-log.ts';
import { refuseControl, type ControlAnswer, type ControlRequest } from './rules.ts';
import type { WireSettings } from './settings.ts';
import type { Fault, WireRequest, WireResponse } from './types.ts';

type Controlled<S extends WireSettings> = EmulatorParts<S> & {
  readonly faults: FaultList;
  readonly log: RequestLog;
};

const prefix = '/_control';

/** True for everything below `/_control`. Such requests are not logged, not delayed and not struck by faults. */
export function isControlRequest(request: WireRequest): boolean {
  return request.url === prefix || request.url.startsWith(`${prefix}/`);
}

/** Answers a control request by the frame's own routes, then by the emulator's; 400 names the field that is wrong. */
export function answerControl<S extends WireSettings>(
  emulator: Controlled<S>,
  request: WireRequest,
): { readonly response: WireResponse; readonly changed: boolean } {
  const answer = answerParsed(emulator, request);
  return {
    response: buildJsonResponse(answer.status, answer.body),
    changed: answer.changed ?? false,
  };
}

function answerParsed<S extends WireSettings>(
  emulator: Controlled<S>,
  request: WireRequest,
): ControlAnswer {
  const url = new URL(request.url, 'http://control.invalid');
  const body = parseBody(request.body);
  if (body.kind === 'malformed') return refuseControl('the body is not JSON');
  const control: ControlRequest = {
    method: request.method,
    path: url.pathname.slice(prefix.length),
    query: url.searchParams,
    body: body.value,
  };
  try {
    const routeName = `${control.method} ${control.path}`;
    const generic = routes[routeName]?.(emulator, control);
    const answer = generic ?? emulator.rules.control(control);
    return answer ?? refuseControl(`no such control route: ${routeName}`, 501);
  } catch (error) {
    if (error instanceof z.ZodError) return refuseControl(describeIssues(error));
    throw error;
  }
}

type ParsedBody =
  { readonly kind: 'parsed'; readonly value: unknown } | { readonly kind: 'malformed' };

function parseBody(body: string): ParsedBody {
  if (body === '') return { kind: 'parsed', value: undefined };
  try {
    return { kind: 'parsed', value: JSON.parse(body) };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'malformed' };
    throw error;
  }
}

/** Each problem with its place: `users.3.id: …`. */
function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
    .join('; ');
}

type Handler = <S extends WireSettings>(
  emulator: Controlled<S>,
  request: ControlRequest,
) => ControlAnswer;

const settingsBody = z.record(z.string(), z.unknown());
const faultsBody = z.array(faultSchema);
const clockBody = z.strictObject({
  now: z.exactOptional(z.number()),
  advanceMs: z.exactOptional(z.number().min(0)),
});
const sinceQuery = z.coerce.number().int().min(0);

const routes: { readonly [route: string]: Handler } = {
  'GET /health': (emulator) => ok({ name: emulator.name, ready: true }),
  'GET /settings': (emulator) => ok(emulator.settings.read()),
  'PUT /settings': (emulator, { body }) => {
    emulator.settings.change(settingsBody.parse(body));
    return { ...ok(emulator.settings.read()), changed: true };
  },
  'GET /faults': (emulator) => ok(emulator.faults.readAll()),
  'POST /faults': addFaults,
  'DELETE /faults': (emulator) => {
    emulator.faults.clear();
    return { status: 204 };
  },
  'GET /requests': (emulator, { query }) => {
    const since = sinceQuery.safeParse(query.get('since') ?? '0');
    if (!since.success) return refuseControl('since: not a sequence number');
    const records = emulator.log.readRecords(since.data);
    return ok(query.get('writes') === 'true' ? records.filter(({ wrote }) => wrote) : records);
  },
  'DELETE /requests': (emulator) => {
    emulator.log.clear();
    return { status: 204 };
  },
  'GET /counts': (emulator) => ok(emulator.log.readCounts()),
  'GET /clock': (emulator) => ok({ now: emulator.clock.now() }),
  'PUT /clock': moveClock,
};

function ok(body: unknown): ControlAnswer {
  return { status: 200, body };
}

function addFaults<S extends WireSettings>(
  emulator: Controlled<S>,
  { body }: ControlRequest,
): ControlAnswer {
  const faults: readonly Fault[] = Array.isArray(body)
    ? faultsBody.parse(body)
    : [faultSchema.parse(body)];
  for (const { then } of faults) {
    if (then.kind === 'special' && !emulator.specials.includes(then.name)) {
      const known = emulator.specials.join(', ') || 'none';
      return refuseControl(`then.name: unknown special fault ${then.name}; known: ${known}`);
    }
  }
  for (const fault of faults) emulator.faults.add(fault);
  return { status: 201, body: { added: faults.length } };
}

function moveClock<S extends WireSettings>(
  { clock }: Controlled<S>,
  request: ControlRequest,
): ControlAnswer {
  const body = clockBody.parse(request.body);
  if (clock.readOffsetMs === undefined || clock.setOffsetMs === undefined) {
    return refuseControl('now: the clock of this emulator cannot be moved');
  }
  const target = (body.now ?? clock.now()) + (body.advanceMs ?? 0);
  clock.setOffsetMs(clock.readOffsetMs() + target - clock.now());
  return { status: 200, body: { now: clock.now() }, changed: true };
}
