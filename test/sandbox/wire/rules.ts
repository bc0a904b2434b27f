import type { WireRequest, WireResponse, WireResult } from './types.ts';

/**
 * What a concrete emulator is made of. All of it is synchronous, so that a request is handled whole before the next one: no clock but the
 * one it was given, no randomness but the seeded one.
 */
export interface Rules {
  /** The route as the log and the faults name it (`/groups/{id}/members`); undefined where there is none: 501. */
  route(request: WireRequest): string | undefined;
  respond(request: WireRequest, context: RequestContext): RuleAnswer;
  /** Headers and JSON body of an injected failure, in the service's own shape. `retry-after` is added by the frame. */
  failure(
    status: number,
    request: WireRequest,
  ): { readonly headers: Headers; readonly body: string };
  /** Routes of its own below `/_control`; undefined where it has no such route. */
  control(request: ControlRequest): ControlAnswer | undefined;
  /** Everything that a second process needs to go on, without settings. */
  saveState(): unknown;
  /** Throws where `state` is not what `saveState` gave. */
  loadState(state: unknown): void;
}

type Headers = { readonly [name: string]: string };

export interface RequestContext {
  readonly route: string;
  /** Number of this request in the log. */
  readonly sequence: number;
  /** Present where this is a part of a batch: the batch's number. */
  readonly partOf?: number;
  /** Names of the special faults that strike this request. */
  readonly specials: ReadonlySet<string>;
  /** Handles one part of a batch, with log, faults and all; the frame adds up delays and resets by itself. */
  handlePart(request: WireRequest): WireResult;
}

export interface RuleAnswer {
  readonly response: WireResponse;
  /** True where the request changed the state. */
  readonly wrote: boolean;
  /** On top of the latency and of injected delays. */
  readonly delayMs?: number;
  /** The answer is lost on its way although the rules ran. */
  readonly reset?: boolean;
}

export interface ControlRequest {
  readonly method: string;
  /** Without `/_control`: `/directory`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The parsed JSON body; undefined where there was none. */
  readonly body: unknown;
}

export interface ControlAnswer {
  readonly status: number;
  /** Sent as JSON; undefined for an empty body. */
  readonly body?: unknown;
  /** True where the state changed and has to be saved. */
  readonly changed?: boolean;
}

/** A control answer that refuses the input and names the place. */
export function refuseControl(message: string, status = 400): ControlAnswer {
  return { status, body: { error: message } };
}
