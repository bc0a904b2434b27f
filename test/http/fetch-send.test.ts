import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createFetchSend } from '../../shared/http/fetch-send.ts';
import { HttpFailureError } from '../../shared/model/errors.ts';
import type { HttpRequest } from '../../shared/model/ports.ts';
import { reply, resetConnection, startLoopbackServer } from './loopback-server.ts';

const send = createFetchSend();

function get(url: string, timeoutMs = 2_000): HttpRequest {
  return { method: 'GET', url, headers: {}, timeoutMs };
}

async function failureOf(exchange: Promise<unknown>): Promise<HttpFailureError> {
  try {
    await exchange;
  } catch (error) {
    if (error instanceof HttpFailureError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** A port on which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('an exchange', () => {
  test('carries method, headers and body, and brings header names back in lower case', async () => {
    await using server = await startLoopbackServer(reply(201, 'grün', { 'X-Request-Id': 'r1' }));
    const response = await send({
      method: 'POST',
      url: `${server.url}/a?b=c`,
      headers: { 'content-type': 'application/json' },
      body: '{"ä":1}',
      timeoutMs: 2_000,
    });
    expect(response).toMatchObject({
      status: 201,
      body: 'grün',
      headers: { 'x-request-id': 'r1' },
    });
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        url: '/a?b=c',
        body: '{"ä":1}',
        headers: { 'content-type': 'application/json' },
      },
    ]);
  });

  test('hands a redirect back instead of following it', async () => {
    await using server = await startLoopbackServer(reply(302, '', { location: '/elsewhere' }));
    const response = await send(get(server.url));
    expect(response).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
    expect(server.requests).toHaveLength(1);
  });

  test('hands every status back, 500 too, and never repeats', async () => {
    await using server = await startLoopbackServer(reply(500, '<html>'));
    expect(await send(get(server.url))).toMatchObject({ status: 500, body: '<html>' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('an exchange without a whole answer', () => {
  test('was certainly never sent where nobody listens', async () => {
    const failure = await failureOf(send(get(`http://127.0.0.1:${await closedPort()}/secret`)));
    expect(failure.neverSent).toBe(true);
    expect(failure.message).toContain('ECONNREFUSED');
    expect(failure.message).not.toContain('secret');
  });

  test('was certainly never sent where the name is unknown', async () => {
    const failure = await failureOf(send(get('http://no-such-host.invalid/')));
    expect(failure.neverSent).toBe(true);
  });

  test('may have been carried out where the connection is reset', async () => {
    await using server = await startLoopbackServer(resetConnection);
    const failure = await failureOf(send(get(server.url)));
    expect(failure.neverSent).toBe(false);
  });

  test('may have been carried out where the answer does not come in time', async () => {
    await using server = await startLoopbackServer(() => {});
    const failure = await failureOf(send(get(server.url, 50)));
    expect(failure).toMatchObject({ neverSent: false });
    expect(failure.message).toContain('50 ms');
  });

  test('may have been carried out where the body does not end in time', async () => {
    await using server = await startLoopbackServer((_request, response) => {
      response.writeHead(200);
      response.write('{');
    });
    expect(await failureOf(send(get(server.url, 50)))).toMatchObject({ neverSent: false });
  });

  test('may have been carried out where the body breaks off', async () => {
    await using server = await startLoopbackServer((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{');
      setImmediate(() => response.socket?.resetAndDestroy());
    });
    expect(await failureOf(send(get(server.url)))).toMatchObject({ neverSent: false });
  });

  test('is refused where the body is larger than the limit', async () => {
    await using server = await startLoopbackServer(reply(200, 'x'.repeat(101)));
    const failure = await failureOf(createFetchSend({ maxBytes: 100 })(get(server.url)));
    expect(failure).toMatchObject({ neverSent: false });
    expect(await createFetchSend({ maxBytes: 101 })(get(server.url))).toMatchObject({
      status: 200,
    });
  });
});

test('does not quote a malformed header, which may be a token', async () => {
  const request = { ...get('http://127.0.0.1/'), headers: { authorization: 'Bearer secret\nx' } };
  const failure = await send(request).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  expect(failure).not.toBeInstanceOf(HttpFailureError);
  expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('secret');
});
