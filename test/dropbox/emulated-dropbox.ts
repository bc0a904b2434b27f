import { createDropboxTeam } from '../../shared/dropbox/create-dropbox-team.ts';
import { createFetchSend } from '../../shared/http/fetch-send.ts';
import type { TeamReader, TeamWriter } from '../../shared/model/ports.ts';
import { createMemoryLog } from '../memory/memory-log.ts';
import { createMemoryTokenStore } from '../memory/memory-token-store.ts';
import { createSeededRandom } from '../memory/seeded-random.ts';
import { createDropboxEmulator } from '../sandbox/dropbox/dropbox-emulator.ts';
import type {
  AddressTaken,
  TeamDocument,
  TeamDocumentMember,
} from '../sandbox/dropbox/team-types.ts';
import { createManualClock } from '../sandbox/wire/clock.ts';
import { listen } from '../sandbox/wire/listen.ts';

export interface EmulatedDropbox extends AsyncDisposable {
  readonly team: TeamReader & TeamWriter;
  /** Calls the emulator's control API; throws where it refuses. */
  control(method: string, path: string, body?: unknown): Promise<unknown>;
}

export interface Emulation {
  /** Active members besides the admin: person1@example.com with external id entra-person1, and so on. */
  readonly people?: number;
  /** Empty company-managed groups: group1 with external id entra-group1, and so on. */
  readonly groups?: number;
  readonly licences?: number;
  readonly takenElsewhere?: readonly AddressTaken[];
  readonly settings?: { readonly [name: string]: unknown };
}

/** The adapter against the Dropbox emulator over a real socket, with one clock for both that moves only when the adapter waits. */
export async function startEmulatedDropbox(emulation: Emulation): Promise<EmulatedDropbox> {
  const clock = createManualClock();
  const emulator = createDropboxEmulator({ clock, seed: 11 });
  const server = await listen(emulator, { port: 0 });
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${server.address}/_control${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  await control('PUT', '/settings', emulation.settings ?? {});
  await control('PUT', '/team', buildTeam(emulation));
  const settings = emulator.settings.read();
  const team = createDropboxTeam({
    apiUrl: server.address,
    tokenUrl: `${server.address}/oauth2/token`,
    appKey: settings.appKey,
    appSecret: settings.appSecret,
    tokens: createMemoryTokenStore(settings.refreshToken),
    send: createFetchSend(),
    clock,
    random: createSeededRandom(3),
    log: createMemoryLog(),
  });
  return { team, control, [Symbol.asyncDispose]: () => server.close() };
}

function buildTeam(emulation: Emulation): TeamDocument {
  const { people = 0, groups = 0, licences = 1_000, takenElsewhere = [] } = emulation;
  const admin: TeamDocumentMember = {
    memberId: 'dbmid:admin',
    email: 'admin@example.com',
    givenName: 'Team',
    surname: 'Admin',
    status: 'active',
    isAdmin: true,
  };
  return {
    team: { id: 'dbtid:1', name: 'Example', licences, takenElsewhere },
    members: [admin, ...names('person', people).map(buildPerson)],
    groups: names('group', groups).map((name) => ({
      name,
      externalId: `entra-${name}`,
      management: 'company_managed',
    })),
  };
}

function buildPerson(name: string): TeamDocumentMember {
  return {
    email: `${name}@example.com`,
    externalId: `entra-${name}`,
    givenName: name,
    surname: 'Test',
    status: 'active',
  };
}

function names(kind: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${kind}${index + 1}`);
}
