import { z } from 'zod';

import { createManualClock, type SettableClock } from '../wire/clock.ts';
import type {
  Directory,
  DirectoryAssignment,
  DirectoryGroup,
  DirectoryMember,
  DirectoryUser,
} from './directory-types.ts';
import { createEntraEmulator, type EntraEmulator } from './entra-emulator.ts';
import type { EntraSettings } from './entra-settings.ts';

const itemSchema = z.record(z.string(), z.json());
const bodySchema = z.looseObject({
  value: z.array(z.union([itemSchema, z.string()])).optional(),
  responses: z
    .array(
      z.object({
        id: z.string(),
        status: z.number(),
        headers: z.record(z.string(), z.string()),
        body: z.unknown().optional(),
      }),
    )
    .optional(),
  error: z.object({ code: z.string(), message: z.string(), innerError: itemSchema }).optional(),
  '@odata.nextLink': z.string().optional(),
  '@odata.deltaLink': z.string().optional(),
  '@odata.count': z.number().optional(),
});

export type Item = z.output<typeof itemSchema>;
type Headers = { readonly [name: string]: string };

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: z.output<typeof bodySchema>;
  /** The objects of `value`. */
  readonly items: readonly Item[];
  readonly ids: readonly string[];
  readonly nextLink: string | undefined;
  readonly deltaLink: string | undefined;
}

export interface GraphProbe {
  readonly emulator: EntraEmulator;
  readonly clock: SettableClock;
  /** `url` is a path below `/v1.0` or a whole link of an answer. */
  readonly get: (url: string, headers?: Headers) => Promise<Answer>;
  readonly post: (path: string, body: unknown, headers?: Headers) => Promise<Answer>;
  /** Follows next links to the end; `items` of all pages. */
  readonly drain: (url: string, headers?: Headers) => Promise<Round>;
}

interface Round {
  readonly pages: readonly Answer[];
  readonly items: readonly Item[];
  /** In order, so that they can be compared. */
  readonly ids: readonly string[];
  readonly deltaLink: string;
}

/** An emulator in this process, with a client that holds the token. */
export function createProbe(settings: Partial<EntraSettings> = {}): GraphProbe {
  const clock = createManualClock();
  const emulator = createEntraEmulator({ clock, seed: 1, settings });
  const send = async (
    method: string,
    url: string,
    headers: Headers,
    body: string,
  ): Promise<Answer> => {
    const path = url.replace(/^https?:\/\/[^/]+/u, '');
    const result = await emulator.handle({
      method,
      url: path.startsWith('/v1.0') ? path : `/v1.0${path}`,
      headers: { authorization: 'Bearer sandbox-token', ...headers },
      body,
    });
    if (result.kind === 'reset') throw new Error('the connection broke');
    return readAnswer(result.response);
  };
  const get: GraphProbe['get'] = (url, headers = {}) => send('GET', url, headers, '');
  return {
    emulator,
    clock,
    get,
    post: (path, body, headers = {}) =>
      send('POST', path, { 'content-type': 'application/json', ...headers }, JSON.stringify(body)),
    drain: async (url, headers = {}) => {
      const pages: Answer[] = [];
      let link: string | undefined = url;
      while (link !== undefined && pages.length < 1000) {
        const page: Answer = await get(link, headers);
        if (page.status !== 200) throw new Error(`${page.status} ${page.body.error?.code}`);
        pages.push(page);
        link = page.nextLink;
      }
      const deltaLink = pages.at(-1)?.deltaLink ?? '';
      const ids = sortIds(pages.flatMap((page) => page.ids));
      return { pages, items: pages.flatMap(({ items }) => items), ids, deltaLink };
    },
  };
}

function readAnswer(response: {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}): Answer {
  const body = bodySchema.parse(JSON.parse(response.body));
  const items = (body.value ?? []).filter((item) => typeof item !== 'string');
  return {
    status: response.status,
    headers: response.headers,
    body,
    items,
    ids: items.map((item) => (typeof item['id'] === 'string' ? item['id'] : '')),
    nextLink: body['@odata.nextLink'],
    deltaLink: body['@odata.deltaLink'],
  };
}

/** In order, so that they can be compared. */
export function sortIds(ids: readonly string[]): readonly string[] {
  return ids.toSorted((left, right) => left.localeCompare(right));
}

/** A GUID from a small number: users from 1, groups from 0xa0000. */
export function guid(number: number): string {
  return `00000000-0000-4000-9000-${number.toString(16).padStart(12, '0')}`;
}

export function user(number: number, set: Omit<DirectoryUser, 'id'> = {}): DirectoryUser {
  return {
    id: guid(number),
    displayName: `User ${number}`,
    userPrincipalName: `user${number}@example.com`,
    accountEnabled: true,
    ...set,
  };
}

export function group(
  number: number,
  members: readonly (number | DirectoryMember)[] = [],
  set: { readonly [name: string]: string | readonly string[] } = {},
): DirectoryGroup {
  return {
    id: guid(number),
    displayName: `Group ${number}`,
    ...set,
    members: members.map((member) =>
      typeof member === 'number' ? { id: guid(member), kind: 'user' } : member,
    ),
  };
}

export const appId = guid(0xaa099);
export const servicePrincipalId = guid(0xaa098);
export const roleId = guid(0xaa097);

/** A tenant with one role for users. */
export function tenant(
  users: readonly DirectoryUser[],
  groups: readonly DirectoryGroup[] = [],
  assignments: readonly DirectoryAssignment[] = [],
): Directory {
  return {
    tenantId: guid(0xaa096),
    users,
    groups,
    app: {
      id: servicePrincipalId,
      appId,
      displayName: 'Dropbox Business',
      appRoles: [{ id: roleId, displayName: 'User', value: 'User' }],
    },
    assignments,
  };
}

export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
