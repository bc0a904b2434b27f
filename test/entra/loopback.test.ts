import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';

import { expect, onTestFinished, test } from 'vitest';

import { createEntraReader } from '../../shared/entra/entra-reader.ts';
import { createFetchSend } from '../../shared/http/fetch-send.ts';
import { createMemoryLog } from '../memory/memory-log.ts';
import { createSeededRandom } from '../memory/seeded-random.ts';
import { createVirtualClock } from '../memory/virtual-clock.ts';
import { appId } from './scripted-graph.ts';

/** A reader that talks to a server of this process by the real client and the real fetch. */
async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const baseUrl = `http://127.0.0.1:${port}`;
  const clock = createVirtualClock({ skipSleeps: true });
  const reader = createEntraReader({
    baseUrl,
    appId,
    attributes: [],
    credential: { getToken: async () => 'secret' },
    send: createFetchSend(),
    clock,
    random: createSeededRandom(1),
    log: createMemoryLog(),
  });
  return { reader, baseUrl, clock };
}

test('the real client and fetch carry a link, its token and our token unchanged', async () => {
  const seen: (readonly [string | undefined, string | undefined])[] = [];
  const { reader, baseUrl } = await serve((request, response) => {
    seen.push([request.url, request.headers.authorization]);
    response.setHeader('content-type', 'application/json;odata.metadata=minimal');
    response.end(JSON.stringify({ value: [], '@odata.deltaLink': `${baseUrl}/v1.0/users/delta` }));
  });
  const path = '/v1.0/users/delta?$skiptoken=a%2Fb%3D%3D&x==&$filter=(y)';
  await reader.readUserChanges(`${baseUrl}${path}`);
  expect(seen).toEqual([[path, 'Bearer secret']]);
});

test('a bare 429, a page of HTML and a broken connection are got over', async () => {
  let count = 0;
  const { reader, clock } = await serve((request, response) => {
    count += 1;
    if (count === 1) {
      response.writeHead(429, { 'retry-after': '2.128' });
      response.end();
    } else if (count === 2) {
      request.socket.destroy();
    } else {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ id: 'sp', displayName: 'Dropbox', appRoles: [] }));
    }
  });
  expect(await reader.readApp()).toEqual({ id: 'sp', displayName: 'Dropbox', roles: [] });
  expect(count).toBe(3);
  expect(clock.slept[0]).toBe(2128);
});

test('a redirect is not followed', async () => {
  const paths: (string | undefined)[] = [];
  const { reader, baseUrl } = await serve((request, response) => {
    paths.push(request.url);
    response.writeHead(302, { location: `${baseUrl}/elsewhere` });
    response.end();
  });
  await expect(reader.readAssignments()).rejects.toThrow(/Graph answered 302/);
  expect(new Set(paths).size).toBe(1);
});
