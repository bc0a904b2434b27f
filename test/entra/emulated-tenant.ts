import { HttpFailureError } from '../../shared/model/errors.ts';
import { createEntraReader } from '../../shared/entra/entra-reader.ts';
import type { EntraReader, HttpRequest, Send } from '../../shared/model/ports.ts';
import type { StreamPage } from '../../shared/model/source.ts';
import { createMemoryLog } from '../memory/memory-log.ts';
import { createSeededRandom } from '../memory/seeded-random.ts';
import { createVirtualClock } from '../memory/virtual-clock.ts';
import type { VirtualClock } from '../memory/virtual-clock.ts';
import type { Directory, DirectoryGroup, DirectoryUser } from '../sandbox/entra/directory-types.ts';
import { createEntraEmulator } from '../sandbox/entra/entra-emulator.ts';
import type { EntraEmulator } from '../sandbox/entra/entra-emulator.ts';
import type { EntraSettings } from '../sandbox/entra/entra-settings.ts';
import type { Fault } from '../sandbox/wire/types.ts';

export interface EmulatedTenant {
  readonly reader: EntraReader;
  readonly emulator: EntraEmulator;
  readonly clock: VirtualClock;
  /** Every HTTP request that was sent, a batch counted once. */
  readonly sent: readonly HttpRequest[];
}

const origin = 'http://entra.sandbox';

export const roleId = guid('r', 1);

/** A GUID that says what it is: a letter for the kind, and a number. */
export function guid(kind: 'u' | 'g' | 'd' | 'r' | 'a', number: number): string {
  const digit = { u: '1', g: '2', d: '3', r: '4', a: '5' }[kind];
  return `${digit.repeat(8)}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

const appId = guid('a', 1);

/** The real adapter on the Entra emulator, in process, over one clock. Waiting takes no time. */
export function createEmulatedTenant(
  tenant: Partial<Directory>,
  settings: Partial<EntraSettings> = {},
  options: { readonly appId?: string; readonly token?: string } = {},
): EmulatedTenant {
  const clock = createVirtualClock({ skipSleeps: true });
  const emulator = createEntraEmulator({ clock, seed: 7, settings: { origin, ...settings } });
  emulator.directory.load({
    tenantId: guid('a', 9),
    app: {
      id: guid('a', 2),
      appId,
      displayName: 'Dropbox Business',
      appRoles: [
        { id: roleId, displayName: 'User', value: 'user' },
        { id: guid('r', 2), displayName: 'Robot', allowedMemberTypes: ['Application'] },
      ],
    },
    users: [],
    groups: [],
    assignments: [],
    ...tenant,
  });
  const sent: HttpRequest[] = [];
  const send = createEmulatedSend(emulator, clock);
  const reader = createEntraReader({
    baseUrl: origin,
    appId: options.appId ?? appId,
    attributes: ['mail', 'givenName', 'surname', 'department'],
    credential: { getToken: async () => options.token ?? 'sandbox-token' },
    send: (request) => {
      sent.push(request);
      return send(request);
    },
    clock,
    random: createSeededRandom(1),
    log: createMemoryLog(),
  });
  return { reader, emulator, clock, sent };
}

/** A Send that hands a request to the emulator without a socket; time passes as the emulator says. */
function createEmulatedSend(emulator: EntraEmulator, clock: VirtualClock): Send {
  return async ({ method, url, headers, body = '', timeoutMs }) => {
    const path = url.slice(origin.length);
    const result = await emulator.handle({ method, url: path, headers, body });
    clock.jump(Math.min(result.delayMs, timeoutMs));
    if (result.delayMs > timeoutMs) throw new HttpFailureError('no answer in time', false);
    if (result.kind === 'reset') throw new HttpFailureError('the connection broke', false);
    return result.response;
  };
}

export function createUsers(count: number): readonly DirectoryUser[] {
  return Array.from({ length: count }, (_, index) => createUser(index));
}

export function createUser(number: number): DirectoryUser {
  return {
    id: guid('u', number),
    userPrincipalName: `user${number}@example.com`,
    accountEnabled: true,
    displayName: `User ${number}`,
    mail: `user${number}@example.com`,
    surname: null,
  };
}

export function createGroup(number: number, userNumbers: readonly number[]): DirectoryGroup {
  return {
    id: guid('g', number),
    displayName: `Group ${number}`,
    members: userNumbers.map((user) => ({ id: guid('u', user), kind: 'user' })),
  };
}

/** Numbers from `from`, `count` of them. */
export function range(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** A fault that strikes every request of a route, or those that `which` says, before anything has happened. */
export function strike(
  route: string,
  effect: Fault['then'],
  which: Pick<Fault, 'nth' | 'times' | 'every'> = {},
): Fault {
  // oxlint-disable-next-line unicorn/no-thenable -- the contract's word; an object is no thenable
  return { route, ...which, when: 'before', then: effect };
}

/** Reads a stream from a link to the end of the round. */
export async function drain<T>(
  link: string,
  read: (link: string) => Promise<StreamPage<T>>,
): Promise<{ readonly items: readonly T[]; readonly pages: number; readonly link: string }> {
  const items: T[] = [];
  for (let pages = 1, next = link; ; pages += 1) {
    const page = await read(next);
    items.push(...page.items);
    next = page.next.link;
    if (page.next.kind === 'delta') return { items, pages, link: next };
  }
}
