import { createFetchSend } from '../../shared/http/fetch-send.ts';
import type { TeamReader, TeamWriter } from '../../shared/model/ports.ts';
import {
  createDropboxTeam,
  type DropboxTeamOptions,
} from '../../shared/dropbox/create-dropbox-team.ts';
import {
  reply,
  startLoopbackServer,
  type Handler,
  type LoopbackServer,
} from '../http/loopback-server.ts';
import { createMemoryLog, type MemoryLog } from '../memory/memory-log.ts';
import { createMemoryTokenStore } from '../memory/memory-token-store.ts';
import { createVirtualClock, type VirtualClock } from '../memory/virtual-clock.ts';
import type { WireRequest } from '../sandbox/wire/types.ts';

export interface ScriptedDropbox extends AsyncDisposable {
  readonly team: TeamReader & TeamWriter;
  readonly clock: VirtualClock;
  readonly log: MemoryLog;
  readonly server: LoopbackServer;
  /** What arrived at the team API, token requests left out. */
  apiCalls(): readonly WireRequest[];
  tokenCalls(): readonly WireRequest[];
  /** Path and parsed argument of each call of the team API. */
  sent(): readonly (readonly [string, unknown])[];
}

export interface Script {
  /** Answers the team API. */
  readonly api: Handler;
  /** Answers the token endpoint; without it, always a token good for four hours. */
  readonly token?: Handler;
  readonly options?: Partial<DropboxTeamOptions>;
}

const goodToken = json(200, { access_token: 'sl.good', token_type: 'bearer', expires_in: 14_400 });

/** The adapter against a server that answers by script. Waits take no time: the clock jumps. */
export async function startScriptedDropbox(script: Script): Promise<ScriptedDropbox> {
  const server = await startLoopbackServer((request, response) => {
    const handle = isToken(request) ? (script.token ?? goodToken) : script.api;
    handle(request, response);
  });
  const clock = createVirtualClock({ skipSleeps: true });
  const log = createMemoryLog();
  const team = createDropboxTeam({
    apiUrl: server.url,
    tokenUrl: `${server.url}/oauth2/token`,
    appKey: 'app-key',
    appSecret: 'app&secret',
    tokens: createMemoryTokenStore('refresh+token'),
    send: createFetchSend(),
    clock,
    random: { fraction: () => 0.5, token: () => 'token' },
    log,
    ...script.options,
  });
  return {
    team,
    clock,
    log,
    server,
    apiCalls: () => server.requests.filter((request) => !isToken(request)),
    tokenCalls: () => server.requests.filter(isToken),
    sent: () =>
      server.requests
        .filter((request) => !isToken(request))
        .map(({ url, body }) => [url, parseJson(body)] as const),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function parseJson(body: string): unknown {
  return JSON.parse(body);
}

function isToken(request: WireRequest): boolean {
  return request.url === '/oauth2/token';
}

export function json(
  status: number,
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): Handler {
  return reply(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

/** A refusal as Dropbox writes it, with the dots behind its summary that nobody may count on. */
export function refusal(tag: string, fields: { readonly [name: string]: unknown } = {}): Handler {
  return json(409, { error_summary: `${tag}/...`, error: { '.tag': tag, ...fields } });
}

/** A TeamMemberInfoV2 of an invited person. */
export function memberInfo(memberId: string, fields: { readonly [name: string]: unknown } = {}) {
  return {
    profile: {
      team_member_id: memberId,
      email: 'Ada@Example.com',
      email_verified: false,
      status: { '.tag': 'invited' },
      name: {
        given_name: 'Ada',
        surname: 'Lovelace',
        familiar_name: 'Ada',
        display_name: 'Ada Lovelace',
        abbreviated_name: 'AL',
      },
      membership_type: { '.tag': 'full' },
      groups: ['g:1'],
      member_folder_id: '1',
      root_folder_id: '2',
      ...fields,
    },
    roles: [],
  };
}

export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    (value) => `no error but ${JSON.stringify(value)}`,
    (error: unknown) => error,
  );
}
