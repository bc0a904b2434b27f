/** A request as an emulator's rules see it, with or without a socket. `url` is path and query; header names are lower-case. */
export interface WireRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

export interface WireResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** What comes back: an answer after so many milliseconds, or a connection that breaks (before or after the effect). */
export type WireResult =
  | { readonly kind: 'answer'; readonly response: WireResponse; readonly delayMs: number }
  | { readonly kind: 'reset'; readonly delayMs: number };

/**
 * A fault to inject. It counts the requests whose route matches (each part of a Graph `$batch` is a request of its own, named by its own
 * route) and strikes the `nth` (1-based) and the `times - 1` after it, or every `every`-th. `POST /_control/faults` adds them,
 * `DELETE /_control/faults` clears them.
 */
export interface Fault {
  /** Route as in the request log, exact or with a trailing `*`; `*` is every route. */
  readonly route: string;
  /** Counts and strikes only requests that have this text, an object's id for instance, in their URL or body; case does not matter. */
  readonly only?: string;
  readonly nth?: number;
  readonly every?: number;
  readonly times?: number;
  /** `before`: refused, nothing happened. `after`: the effect took place, only the answer is lost or replaced. */
  readonly when: 'before' | 'after';
  readonly then:
    | {
        readonly kind: 'status';
        readonly status: number;
        readonly retryAfter?: string;
        readonly body?: 'json' | 'text' | 'html' | 'empty';
      }
    | { readonly kind: 'reset' }
    | { readonly kind: 'delay'; readonly ms: number }
    /** Emulator-specific, by name: `emptyPage`, `lostPage`, `selfLink`, … as its README lists them. */
    | { readonly kind: 'special'; readonly name: string };
}

/** One line of the request log, `GET /_control/requests?since=N`. */
export interface RequestRecord {
  readonly sequence: number;
  /** Milliseconds since 1970 on the emulator's clock, when the request arrived. */
  readonly at: number;
  readonly method: string;
  /** The route with its parameters by name: `/groups/{id}/members`, `/2/team/members/add_v2`. */
  readonly route: string;
  readonly status: number | 'reset';
  /** For a Graph `$batch`: how many parts it carried. A part has a record of its own with `partOf`. */
  readonly parts?: number;
  readonly partOf?: number;
  /** True where the request changed the emulator's state. */
  readonly wrote: boolean;
  /** Seconds of `Retry-After` the answer carried. */
  readonly retryAfter?: number;
  /** The fault that struck, if one did. */
  readonly fault?: string;
}
