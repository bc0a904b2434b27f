import { afterEach, expect, inject, test, vi } from 'vitest';

import type { HostClock } from './host-clock.ts';
import { realClock } from './host-clock.ts';
import type { LocalHostOptions } from './local-host.ts';
import { encode, startFixture, type Fixture } from './start-fixture.ts';

let fixture: Fixture | undefined;

afterEach(async () => {
  await fixture?.host.stop();
  fixture = undefined;
});

async function start(options: Partial<LocalHostOptions> = {}): Promise<Fixture> {
  fixture = await startFixture(inject('azurite'), options);
  return fixture;
}

const within = { timeout: 10_000, interval: 50 };

async function waitFor(fixtureGiven: Fixture, event: string, count: number): Promise<void> {
  await vi.waitFor(async () => {
    expect(await fixtureGiven.seen(event)).toHaveLength(count);
  }, within);
}

async function countMessages(given: Fixture): Promise<number> {
  return (await given.queue.getProperties()).approximateMessagesCount ?? -1;
}

test('a message that arrives when the queue is made at last is handled and deleted', async () => {
  const given = await start();
  await given.queue.create();
  await given.queue.sendMessage(encode({ id: 'one', Nested: { Kept: 1 } }));
  await waitFor(given, 'done', 1);
  await vi.waitFor(async () => {
    expect(await countMessages(given)).toBe(0);
  }, within);
  expect(await given.seen('work')).toMatchObject([
    {
      message: { id: 'one', Nested: { Kept: 1 } },
      metadata: { dequeueCount: 1, queueTrigger: { id: 'one', nested: { kept: 1 } } },
    },
  ]);
  expect(await given.seen('after')).toMatchObject([{ began: true, failed: false }]);
});

test.each([
  ['123', 123],
  ['true', true],
  ['"x"', 'x'],
  ['{"id":', '{"id":'],
  ['', ''],
])('the text %s arrives as the library guesses it', async (text, arrives) => {
  const given = await start();
  await given.queue.create();
  await given.queue.sendMessage(encode(text));
  await waitFor(given, 'done', 1);
  expect((await given.seen('work'))[0]?.['message']).toEqual(arrives);
});

test('a message that fails twice comes back after the visibility timeout each time, and then is done', async () => {
  const given = await start();
  await given.queue.create();
  await given.queue.sendMessage(encode({ id: 'flaky', failTimes: 2 }));
  const began = Date.now();
  await waitFor(given, 'done', 1);
  // Azurite's visibility has whole seconds, so that a timeout of one may be a little less.
  expect(Date.now() - began).toBeGreaterThan(1000);
  expect((await given.seen('work')).map((one) => one['metadata'])).toMatchObject([
    { dequeueCount: 1 },
    { dequeueCount: 2 },
    { dequeueCount: 3 },
  ]);
});

test('a message that fails as often as it may goes to the poison queue with the same text', async () => {
  const given = await start();
  await given.queue.create();
  const text = encode({ id: 'bad', failTimes: 99 });
  await given.queue.sendMessage(text);
  await vi.waitFor(async () => {
    const { peekedMessageItems } = await given.poison.peekMessages();
    expect(peekedMessageItems).toMatchObject([{ messageText: text, dequeueCount: 0 }]);
    expect(await countMessages(given)).toBe(0);
  }, within);
  expect(await given.seen('work')).toHaveLength(3);
  expect(given.lines.join('\n')).toContain('Message has reached MaxDequeueCount of 3');
});

test('a message whose tries were lost to crashes goes to the poison queue without a call', async () => {
  const given = await start({ settings: { 'AzureWebJobs.work.Disabled': 'true' } });
  await given.queue.create();
  await given.queue.sendMessage(encode({ id: 'crashed' }));
  for (let index = 0; index < 3; index += 1) {
    const { receivedMessageItems } = await given.queue.receiveMessages({ visibilityTimeout: 1 });
    const [message] = receivedMessageItems;
    if (message === undefined) throw new Error('the message is not there');
    await given.queue.updateMessage(message.messageId, message.popReceipt, undefined, 0);
  }
  await given.host.stop();
  const settings = { WORK_QUEUE: given.queue.name };
  const next = await start({ settings });
  await vi.waitFor(async () => {
    expect((await given.poison.peekMessages()).peekedMessageItems).toHaveLength(1);
  }, within);
  expect(await next.seen('work')).toEqual([]);
});

test('a message that is not base64 goes to the poison queue at once, unchanged', async () => {
  const given = await start();
  await given.queue.create();
  await given.queue.sendMessage('{"id":"plain"}');
  await vi.waitFor(async () => {
    const { peekedMessageItems } = await given.poison.peekMessages();
    expect(peekedMessageItems).toMatchObject([{ messageText: '{"id":"plain"}' }]);
  }, within);
  expect(await given.seen('work')).toEqual([]);
  expect(given.lines.join('\n')).toContain('MessageEncoding');
});

test('with messageEncoding none the text is taken as it is', async () => {
  const name = 'AzureFunctionsJobHost__extensions__queues__messageEncoding';
  const given = await start({ settings: { [name]: 'none' } });
  await given.queue.create();
  await given.queue.sendMessage('{"id":"plain"}');
  await waitFor(given, 'done', 1);
});

test('no more messages are in hand than batchSize and newBatchThreshold say', async () => {
  const given = await start();
  await given.queue.create();
  for (let index = 0; index < 6; index += 1) {
    await given.queue.sendMessage(encode({ id: `m${index}`, takesMs: 150 }));
  }
  await waitFor(given, 'done', 6);
  const running = (await given.seen('work')).map((one) => Number(one['running']));
  expect(Math.max(...running)).toBe(2);
});

test('while a handler runs its message is hidden for ten minutes, renewed at half time, and still deleted in the end', async () => {
  let renewals = 0;
  // The wait of five minutes until the first renewal is over at once; the second one never comes.
  const clock: HostClock = {
    now: () => realClock.now(),
    sleep: async (ms, signal) => {
      if (ms !== 300_000) await realClock.sleep(ms, signal);
      else if (renewals > 0) await realClock.sleep(60_000, signal);
      else renewals += 1;
    },
  };
  const given = await start({ clock });
  await given.queue.create();
  await given.queue.sendMessage(encode({ id: 'long', takesMs: 800 }));
  await waitFor(given, 'work', 1);
  expect((await given.queue.receiveMessages()).receivedMessageItems).toEqual([]);
  await waitFor(given, 'done', 1);
  await vi.waitFor(async () => {
    expect(await countMessages(given)).toBe(0);
  }, within);
  expect(renewals).toBe(1);
});

test('a handler that takes longer than functionTimeout has failed: its message comes back', async () => {
  const given = await start({ settings: { AzureFunctionsJobHost__functionTimeout: '00:00:01' } });
  await given.queue.create();
  await given.queue.sendMessage(encode({ id: 'endless', takesMs: 1500 }));
  await waitFor(given, 'work', 2);
  expect(given.lines.join('\n')).toContain(
    "Timeout value of 1000ms exceeded by function 'Functions.work'",
  );
});

test('stopping lets the message in hand finish', async () => {
  const given = await start();
  await given.queue.create();
  await given.queue.sendMessage(encode({ id: 'last', takesMs: 500 }));
  await waitFor(given, 'work', 1);
  await given.host.stop();
  expect(await countMessages(given)).toBe(0);
});
