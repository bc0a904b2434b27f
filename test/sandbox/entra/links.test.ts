import { describe, expect, test } from 'vitest';

import { createProbe, guid, range, tenant, user } from './graph-probe.ts';

const stream = '/users/delta?$select=id,displayName';
const dayMs = 24 * 60 * 60 * 1000;

describe('a delta link', () => {
  test('points at the origin that was called', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([user(1)]));
    expect((await get(stream)).deltaLink).toMatch(
      /^http:\/\/entra\.sandbox\/v1\.0\/users\/delta\?/u,
    );
    const { deltaLink } = await get(stream, { host: '127.0.0.1:7071' });
    expect(deltaLink).toMatch(/^http:\/\/127\.0\.0\.1:7071\/v1\.0\/users\/delta\?/u);
  });

  test('is refused after seven days with 410 and a place to start anew', async () => {
    const { emulator, get, clock } = createProbe();
    emulator.directory.load(tenant([user(1)]));
    const { deltaLink = '' } = await get(stream);
    await clock.sleep(7 * dayMs);
    expect((await get(deltaLink)).status).toBe(200);
    await clock.sleep(1);
    const gone = await get(deltaLink);
    expect(gone.status).toBe(410);
    expect(gone.headers['location']).toBe('http://entra.sandbox/v1.0/users/delta?$deltatoken=');
    const again = await get(gone.headers['location'] ?? '');
    expect(again.ids).toEqual([guid(1)]);
  });

  test.each([
    ['syncStateNotFound', 400],
    ['resyncRequired', 410],
  ] as const)('is refused on command with %s', async (expiredDeltaLink, expiredDeltaLinkStatus) => {
    const { emulator, get } = createProbe({ expiredDeltaLink, expiredDeltaLinkStatus });
    emulator.directory.load(tenant([user(1)]));
    const { deltaLink = '' } = await get(stream);
    emulator.expireLinks('delta');
    const answer = await get(deltaLink);
    expect(answer.status).toBe(expiredDeltaLinkStatus);
    expect(answer.body.error?.code).toBe(expiredDeltaLink);
    const fresh = await get(stream);
    expect((await get(fresh.deltaLink ?? '')).status).toBe(200);
  });

  test('of a tenant that was replaced is gone', async () => {
    const { emulator, get } = createProbe({ resetLocationKeepsSelect: true });
    emulator.directory.load(tenant([user(1)]));
    const { deltaLink = '' } = await get(stream);
    emulator.directory.load(tenant([user(1)]));
    const gone = await get(deltaLink);
    expect(gone.status).toBe(410);
    expect(gone.headers['location']).toContain('$select=id,displayName&');
  });

  test('is refused when a byte of it is changed, or on the other stream', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([user(1)]));
    const { deltaLink = '' } = await get(stream);
    const changed = deltaLink.replace('deltatoken=e', 'deltatoken=f');
    expect(changed).not.toBe(deltaLink);
    expect((await get(changed)).status).toBe(400);
    expect((await get(deltaLink.replace('/users/', '/groups/'))).status).toBe(400);
  });

  test('takes no other options', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([user(1)]));
    const { deltaLink = '' } = await get(stream);
    expect((await get(`${deltaLink}&$select=id`)).status).toBe(400);
  });
});

describe('a next link', () => {
  test.each([stream, '/users?$select=id&$top=100'])(
    'of %s expires after minutes with a code of its own',
    async (path) => {
      const { emulator, get, clock } = createProbe();
      emulator.directory.load(tenant(range(1, 250).map((number) => user(number))));
      const { nextLink = '' } = await get(path);
      await clock.sleep(10 * 60 * 1000 + 1);
      const answer = await get(nextLink);
      expect(answer.status).toBe(400);
      expect(answer.body.error?.code).toBe('Directory_ExpiredPageToken');
    },
  );

  test('expires on command', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant(range(1, 250).map((number) => user(number))));
    const { nextLink = '' } = await get(stream);
    emulator.expireLinks('page');
    expect((await get(nextLink)).body.error?.code).toBe('Directory_ExpiredPageToken');
  });

  test('gives the same page when it is called again', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant(range(1, 450).map((number) => user(number))));
    const { nextLink = '' } = await get(stream);
    const [first, second] = [await get(nextLink), await get(nextLink)];
    expect(first.ids).toEqual(second.ids);
  });
});
