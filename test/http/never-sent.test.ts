import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { isNeverSent } from '../../shared/http/never-sent.ts';

const refused = { code: 'ECONNREFUSED', syscall: 'connect' };
const lost = { code: 'ETIMEDOUT', syscall: 'read' };

test.each([
  ['a refused connection', refused, true],
  ['a host that cannot be reached', { code: 'EHOSTUNREACH', syscall: 'connect' }, true],
  ['a name that cannot be looked up', { code: 'EAI_AGAIN', syscall: 'getaddrinfo' }, true],
  ['a connection that took too long', { code: 'UND_ERR_CONNECT_TIMEOUT' }, true],
  ['a host that went away later', { code: 'EHOSTUNREACH', syscall: 'read' }, false],
  ['a reset', { code: 'ECONNRESET', syscall: 'read' }, false],
  ['a socket closed by the other side', { code: 'UND_ERR_SOCKET' }, false],
  ['several addresses, one of which got through', new AggregateError([refused, lost]), false],
  ['several addresses of which nothing is known', new AggregateError([]), false],
  ['nothing at all', undefined, false],
])('%s', (_name, cause, expected) => {
  expect(isNeverSent(cause)).toBe(expected);
});

test('a name whose addresses all refuse was never reached, as Node reports it', async () => {
  const cause = await new Promise((resolve) => {
    const socket = connect({
      host: 'two-addresses',
      port: 9,
      autoSelectFamily: true,
      lookup: (_host, _options, give) => {
        give(null, [
          { address: '127.0.0.1', family: 4 },
          { address: '127.0.0.2', family: 4 },
        ]);
      },
    });
    socket.on('error', resolve);
  });
  expect(cause).toBeInstanceOf(AggregateError);
  expect(isNeverSent(cause)).toBe(true);
});
