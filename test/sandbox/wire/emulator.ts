import { answerControl, isControlRequest } from './control.ts';
import { buildJsonResponse } from './json-response.ts';
import { createFaultList, describeFault, type FaultList } from './fault-list.ts';
import type { EmulatorParts } from './emulator-parts.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import type { RequestContext, RuleAnswer } from './rules.ts';
import { loadEmulator, saveEmulator } from './saved-emulator.ts';
import type { WireSettings } from './settings.ts';
import type { Fault, RequestRecord, WireRequest, WireResponse, WireResult } from './types.ts';

export interface Emulator<S extends WireSettings> extends EmulatorParts<S> {
  readonly faults: FaultList;
  readonly log: RequestLog;
  /**
   * Handles one request, `/_control/…` included, without sockets and without waiting: the delay is only reported. The work is done before
   * the promise is returned, so that requests take effect in the order of the calls.
   */
  handle(request: WireRequest): Promise<WireResult>;
  /** Calls back after each change that a later process would have to know. */
  onChange(listener: () => void): void;
  /** State, settings and tokens, without faults and without the log. */
  saveState(): unknown;
  /** Throws where the state is another emulator's or is damaged. */
  loadState(saved: unknown): void;
}

/** Puts log, faults, latency and control API around the rules of a concrete emulator. */
export function createEmulator<S extends WireSettings>(parts: EmulatorParts<S>): Emulator<S> {
  const frame: Frame<S> = {
    ...parts,
    faults: createFaultList(),
    log: createRequestLog(),
    listeners: [],
  };
  return {
    ...parts,
    faults: frame.faults,
    log: frame.log,
    handle: (request) => Promise.resolve(handleRequest(frame, request)),
    onChange: (listener) => {
      frame.listeners.push(listener);
    },
    saveState: () => saveEmulator(frame),
    loadState: (saved) => {
      loadEmulator(frame, saved);
    },
  };
}

interface Frame<S extends WireSettings> extends EmulatorParts<S> {
  readonly faults: FaultList;
  readonly log: RequestLog;
  readonly listeners: (() => void)[];
}

function handleRequest<S extends WireSettings>(frame: Frame<S>, request: WireRequest): WireResult {
  if (isControlRequest(request)) {
    const { response, changed } = answerControl(frame, request);
    if (changed) announceChange(frame);
    return { kind: 'answer', response, delayMs: 0 };
  }
  const exchange = runExchange(frame, request);
  for (const record of exchange.records) frame.log.add(record);
  if (exchange.records.some((record) => record.wrote)) announceChange(frame);
  const delayMs = exchange.result.delayMs + frame.settings.read().latencyMs;
  return { ...exchange.result, delayMs };
}

interface Exchange {
  readonly result: WireResult;
  /** The request's own record first, then those of its parts. */
  readonly records: readonly RequestRecord[];
}

/** One request, or one part of a batch. A part that breaks the connection breaks the whole batch's. */
function runExchange<S extends WireSettings>(
  frame: Frame<S>,
  request: WireRequest,
  partOf?: number,
): Exchange {
  const sequence = frame.log.nextSequence();
  const at = frame.clock.now();
  const route = frame.rules.route(request) ?? `unknown ${readPath(request)}`;
  const faults = frame.faults.strike(route, request);
  const parts: Exchange[] = [];
  const answer = answerUnderFaults(frame, request, faults, {
    route,
    sequence,
    ...(partOf === undefined ? {} : { partOf }),
    specials: new Set(faults.flatMap(({ then }) => (then.kind === 'special' ? [then.name] : []))),
    handlePart: (part) => {
      const exchange = runExchange(frame, part, sequence);
      parts.push(exchange);
      return exchange.result;
    },
  });
  const result = buildResult(answer, faults, parts);
  const record: RequestRecord = {
    sequence,
    at,
    method: request.method,
    route,
    status: result.kind === 'reset' ? 'reset' : result.response.status,
    ...(parts.length > 0 ? { parts: parts.length } : {}),
    ...(partOf === undefined ? {} : { partOf }),
    wrote: answer.wrote,
    ...(result.kind === 'reset' ? {} : readRetryAfter(result.response)),
    ...(faults.length > 0 ? { fault: faults.map(describeFault).join(', ') } : {}),
  };
  return { result, records: [record, ...parts.flatMap((part) => part.records)] };
}

/** A fault that strikes before keeps the rules from running; one that strikes after only replaces what they said. */
function answerUnderFaults<S extends WireSettings>(
  frame: Frame<S>,
  request: WireRequest,
  faults: readonly Fault[],
  context: RequestContext,
): RuleAnswer {
  const replacing = faults.filter(replacesAnswer);
  const refusal = replacing.find((fault) => fault.when === 'before');
  if (refusal !== undefined) return replaceAnswer(frame, request, refusal, nothingDone);
  const answer = answerByRules(frame, request, context);
  const loss = replacing[0];
  return loss === undefined ? answer : replaceAnswer(frame, request, loss, answer);
}

const nothingDone: RuleAnswer = {
  response: { status: 500, headers: {}, body: '' },
  wrote: false,
};

function answerByRules<S extends WireSettings>(
  frame: Frame<S>,
  request: WireRequest,
  context: RequestContext,
): RuleAnswer {
  if (!context.route.startsWith('unknown ')) return frame.rules.respond(request, context);
  const message = `${frame.name} emulator: no such route: ${request.method} ${readPath(request)}`;
  return { response: buildJsonResponse(501, { error: message }), wrote: false };
}

/** Parts of a batch run side by side: the slowest counts. */
function buildResult(
  answer: RuleAnswer,
  faults: readonly Fault[],
  parts: readonly Exchange[],
): WireResult {
  const injected = faults.reduce((sum, { then }) => sum + (then.kind === 'delay' ? then.ms : 0), 0);
  const slowestPart = parts.reduce((slowest, part) => Math.max(slowest, part.result.delayMs), 0);
  const delayMs = injected + slowestPart + (answer.delayMs ?? 0);
  const isReset = answer.reset === true || parts.some((part) => part.result.kind === 'reset');
  return isReset
    ? { kind: 'reset', delayMs }
    : { kind: 'answer', response: answer.response, delayMs };
}

function replacesAnswer(fault: Fault): boolean {
  return fault.then.kind === 'status' || fault.then.kind === 'reset';
}

function replaceAnswer<S extends WireSettings>(
  frame: Frame<S>,
  request: WireRequest,
  { then }: Fault,
  answer: RuleAnswer,
): RuleAnswer {
  if (then.kind !== 'status') return { ...answer, reset: true };
  const { headers, body } = frame.rules.failure(then.status, request);
  const { 'content-type': jsonType = 'application/json', ...others } = headers;
  const content = {
    json: { type: { 'content-type': jsonType }, body },
    text: { type: { 'content-type': 'text/plain' }, body: `Error ${then.status}` },
    html: {
      type: { 'content-type': 'text/html' },
      body: `<html><body><h1>Error ${then.status}</h1></body></html>`,
    },
    empty: { type: {}, body: '' },
  }[then.body ?? 'json'];
  const retryAfter = then.retryAfter === undefined ? {} : { 'retry-after': then.retryAfter };
  return {
    ...answer,
    response: {
      status: then.status,
      headers: { ...others, ...content.type, ...retryAfter },
      body: content.body,
    },
  };
}

function readRetryAfter(response: WireResponse | undefined): { readonly retryAfter?: number } {
  const seconds = Number.parseFloat(response?.headers['retry-after'] ?? '');
  return Number.isNaN(seconds) ? {} : { retryAfter: seconds };
}

function readPath(request: WireRequest): string {
  return request.url.split('?', 1)[0] ?? request.url;
}

function announceChange<S extends WireSettings>(frame: Frame<S>): void {
  for (const listener of frame.listeners) listener();
}
