import { z } from 'zod';

import { createManualClock, type SettableClock } from '../wire/clock.ts';
import type { Emulator } from '../wire/emulator.ts';
import type { Fault, WireResponse, WireResult } from '../wire/types.ts';
import { createDropboxEmulator } from './dropbox-emulator.ts';
import type { DropboxSettings } from './settings.ts';
import { documentSchema } from './team-document.ts';
import type { TeamChange, TeamDocument, TeamDocumentMember, WriteRecord } from './team-types.ts';
import { writesSchema } from './write-log.ts';

/** A team of the emulator inside a test, with a clock that stands still until it is moved. */
export interface SandboxTeam {
  readonly emulator: Emulator<DropboxSettings>;
  readonly clock: SettableClock;
  /** Calls the API with a good token and parses the answer; `null` is the argument of routes that take none. */
  call(route: string, argument: unknown): Promise<ApiAnswer>;
  /** Sends any request; a good token unless `headers` says otherwise. */
  send(request: {
    readonly method?: string;
    readonly url: string;
    readonly headers?: { readonly [name: string]: string };
    readonly body?: string;
  }): Promise<WireResponse>;
  sendRaw(route: string, argument: unknown): Promise<WireResult>;
  change(...changes: readonly TeamChange[]): Promise<void>;
  addFault(fault: Fault): void;
  readTeam(): Promise<TeamDocument>;
  readWrites(): Promise<readonly WriteRecord[]>;
  control(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  /** A new access token, after the old one has expired for instance. */
  renewToken(): Promise<string>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  /** Parsed where it is JSON, else the text. */
  readonly body: unknown;
}

/** Starts with the document given, which is loaded through the control API, and an access token. */
export async function startTeam(
  document: TeamDocument,
  settings: Partial<DropboxSettings> = {},
  seed = 1,
): Promise<SandboxTeam> {
  const clock = createManualClock();
  const emulator = createDropboxEmulator({ clock, seed, settings });
  let token = '';

  const send: SandboxTeam['send'] = async ({ method = 'POST', url, headers, body = '' }) => {
    const authorization = `Bearer ${token}`;
    const result = await emulator.handle({
      method,
      url,
      headers: headers ?? { authorization, 'content-type': 'application/json' },
      body,
    });
    if (result.kind === 'reset') throw new Error('the connection was reset');
    return result.response;
  };
  const control: SandboxTeam['control'] = async (method, path, body) =>
    readAnswer(
      await send({
        method,
        url: `/_control${path}`,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  const renewToken = async (): Promise<string> => {
    const { appKey, appSecret, refreshToken } = emulator.settings.read();
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: appKey,
      client_secret: appSecret,
    });
    const response = await send({
      url: '/oauth2/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    token = z.object({ access_token: z.string() }).parse(JSON.parse(response.body)).access_token;
    return token;
  };

  const loaded = await control('PUT', '/team', document);
  if (loaded.status !== 200) throw new Error(`cannot load the team: ${JSON.stringify(loaded)}`);
  await renewToken();
  return {
    emulator,
    clock,
    send,
    control,
    renewToken,
    call: async (route, argument) =>
      readAnswer(await send({ url: `/2/${route}`, body: JSON.stringify(argument) })),
    sendRaw: (route, argument) =>
      emulator.handle({
        method: 'POST',
        url: `/2/${route}`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(argument),
      }),
    change: async (...changes) => {
      const answer = await control('POST', '/changes', changes);
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    },
    addFault: (fault) => {
      emulator.faults.add(fault);
    },
    readTeam: async () => documentSchema.parse((await control('GET', '/team')).body),
    readWrites: async () => writesSchema.parse((await control('GET', '/writes')).body),
  };
}

function readAnswer({ status, headers, body }: WireResponse): ApiAnswer {
  const isJson = (headers['content-type'] ?? '').startsWith('application/json');
  return { status, headers, body: isJson ? JSON.parse(body) : body };
}

/** One admin, two ordinary members, an invitation, and a company-managed group with two people in it. */
export function smallTeam(changes: Partial<TeamDocument> = {}): TeamDocument {
  return {
    team: { id: 'dbtid:AAATestTeam', name: 'Example', licences: 10 },
    members: [
      { ...person('root'), memberId: 'dbmid:root', isAdmin: true },
      { ...person('ada'), memberId: 'dbmid:ada', externalId: 'entra-ada' },
      { ...person('bob'), memberId: 'dbmid:bob' },
      { ...person('ivy'), memberId: 'dbmid:ivy', status: 'invited' },
    ],
    groups: [
      {
        groupId: 'g:design',
        name: 'Design',
        externalId: 'entra-design',
        management: 'company_managed',
        members: [{ memberId: 'dbmid:ada' }, { memberId: 'dbmid:ivy' }],
      },
    ],
    ...changes,
  };
}

/** An active member whose names come from the local part of the address. */
export function person(name: string): TeamDocumentMember {
  return { email: `${name}@example.com`, givenName: name, surname: 'Example', status: 'active' };
}

/** A UserSelectorArg by member id. */
export function byId(memberId: string) {
  return { '.tag': 'team_member_id', team_member_id: memberId } as const;
}

/** A UserSelectorArg by address. */
export function byEmail(email: string) {
  return { '.tag': 'email', email } as const;
}

/** A UserSelectorArg by external id. */
export function byExternalId(externalId: string) {
  return { '.tag': 'external_id', external_id: externalId } as const;
}

/** A GroupSelector by group id. */
export function byGroupId(groupId: string) {
  return { '.tag': 'group_id', group_id: groupId } as const;
}

/** The tag of a 409, or the status where it is something else. */
export function readError({ status, body }: ApiAnswer): string | number {
  const parsed = errorSchema.safeParse(body);
  return status === 409 && parsed.success ? parsed.data.error['.tag'] : status;
}

const errorSchema = z.object({ error: z.object({ '.tag': z.string() }) });

/** Settings under which nothing is shortened, shuffled or put off, for tests of other things. */
export const calmSettings: Partial<DropboxSettings> = {
  asyncAdd: 'never',
  asyncRemove: 'never',
  asyncDeleteGroup: 'never',
  shortPageEvery: 0,
};
