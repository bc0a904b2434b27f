import type { z } from 'zod';

import type { SeededRandom } from '../wire/random.ts';
import type { EventLog } from './event-log.ts';
import type { AccessToken, Grant, Grants } from './grants.ts';
import type { Jobs } from './jobs.ts';
import { readArgument, readVoid, type ReadArgument } from './read-argument.ts';
import type { DropboxSettings } from './settings.ts';
import type { Team } from './team.ts';
import type { WriteResult } from './team-types.ts';
import type { Tagged, WireContext } from './to-wire.ts';
import type { WriteLog } from './write-log.ts';

/** All that the emulator remembers. */
export interface DropboxState {
  readonly team: Team;
  readonly grants: Grants;
  readonly jobs: Jobs;
  readonly events: EventLog;
  readonly writes: WriteLog;
}

/** One call of the API on its way through an endpoint. */
export interface Call extends DropboxState, WireContext {
  readonly settings: DropboxSettings;
  readonly random: SeededRandom;
  readonly specials: ReadonlySet<string>;
  readonly actor: 'app';
  /** Notes a write to the group; true where an earlier one is not over yet. */
  readonly isGroupBusy: (groupId: string) => boolean;
  /** Number of the request in the log. */
  readonly sequence: number;
  readonly now: number;
}

/** A call whose access token was good. */
export interface AuthorizedCall extends Call {
  readonly grant: Grant;
  readonly accessToken: AccessToken;
}

export type Changed = WriteResult['changed'][number];

/** What an endpoint says. `changed` is present for a successful write, also where nothing was different afterwards. */
export type Outcome =
  | {
      readonly kind: 'result';
      readonly value: unknown;
      readonly changed?: readonly Changed[];
      readonly jobId?: string;
    }
  | { readonly kind: 'error'; readonly error: Tagged }
  /** 429 because the group is still busy with an earlier write. */
  | { readonly kind: 'busy' }
  /** 400 in plain text. */
  | { readonly kind: 'badRequest'; readonly text: string };

/** An endpoint of the API with its argument not yet checked. */
export interface Endpoint {
  /** Undefined where every token will do. */
  readonly scope: string | undefined;
  prepare(json: unknown, settings: DropboxSettings): ReadArgument<Prepared>;
}

interface Prepared {
  readonly argument: unknown;
  run(call: AuthorizedCall): Outcome;
}

/** An endpoint that takes a JSON argument. */
export function endpoint<T>(
  scope: string | undefined,
  schema: z.ZodType<T>,
  run: (call: AuthorizedCall, argument: T) => Outcome,
): Endpoint {
  return {
    scope,
    prepare: (json, settings) => {
      const read = readArgument(schema, json, settings);
      if (read.kind === 'malformed') return read;
      const { value } = read;
      return { kind: 'read', value: { argument: json, run: (call) => run(call, value) } };
    },
  };
}

/** An endpoint whose argument is Void. */
export function voidEndpoint(
  scope: string | undefined,
  run: (call: AuthorizedCall) => Outcome,
): Endpoint {
  return {
    scope,
    prepare: (json, settings) => {
      const read = readVoid(json, settings);
      return read.kind === 'malformed' ? read : { kind: 'read', value: { argument: json, run } };
    },
  };
}

/** The answer to a read, or to a write that changed nothing. */
export function answer(value: unknown): Outcome {
  return { kind: 'result', value };
}

/** The answer to a write, with what it changed. */
export function answerWrite(value: unknown, changed: readonly Changed[]): Outcome {
  return { kind: 'result', value, changed };
}

/** An endpoint's own error: HTTP 409. */
export function refuse(tag: string, fields: { readonly [name: string]: unknown } = {}): Outcome {
  return { kind: 'error', error: { '.tag': tag, ...fields } };
}

/** A member as the list of writes names it. */
export function changedMember(member: {
  readonly memberId: string;
  readonly email: string;
}): Changed {
  return { kind: 'member', id: member.memberId, email: member.email };
}

/** A group as the list of writes names it. */
export function changedGroup(group: { readonly groupId: string; readonly name: string }): Changed {
  return { kind: 'group', id: group.groupId, name: group.name };
}
