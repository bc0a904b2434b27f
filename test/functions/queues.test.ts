import { describe, expect, test } from 'vitest';
import { applyOperationsQueue } from '../../functions/apply-operations.queue.ts';
import { poisonOperationsQueue } from '../../functions/poison-operations.queue.ts';
import { tick } from '../../shared/cycle/tick.ts';
import { formatDoorbellMessage } from '../../shared/model/doorbell-message.ts';
import { teamLines } from '../world/look.ts';
import { world } from '../world/world.ts';
import { handled } from './handler-deps.ts';

describe('a ring of the doorbell', () => {
  for (const form of ['text', 'an object'] as const) {
    test(`as ${form} makes true what the slot's rows desire`, async () => {
      const here = world().user('ada').build();
      await tick(here.deps);
      const [message] = here.doorbell.messages();
      if (message === undefined) throw new Error('nobody rang');
      const { deps, context } = handled(here);
      const text = formatDoorbellMessage(message);
      await applyOperationsQueue(deps)(form === 'text' ? text : JSON.parse(text), context);
      expect(teamLines(here)).toEqual(['ada (invited)']);
    });
  }

  test('that is out of date sets nothing off', async () => {
    const here = world().user('ada').build();
    await tick(here.deps);
    const { deps, context } = handled(here);
    await applyOperationsQueue(deps)({ v: 1, slot: 0, token: 'of yesterday' }, context);
    expect(here.team.writes).toEqual([]);
  });

  test('that nobody can read is thrown, so that the host poisons it', async () => {
    const { deps, context } = handled(world().build());
    for (const message of ['not json', { v: 2, slot: 0, token: 't' }, 7]) {
      await expect(applyOperationsQueue(deps)(message, context)).rejects.toThrow(
        'cannot read the doorbell message',
      );
    }
  });

  test('logs into the invocation it rang in', async () => {
    const here = world().user('ada').build();
    await tick(here.deps);
    here.dropbox.failOnce('inviteMembers', new Error('what is this?'));
    const { deps, context, lines } = handled(here);
    await applyOperationsQueue(deps)({ v: 1, ...here.doorbell.messages()[0] }, context);
    expect(lines).toEqual(['error unknownError {"message":"what is this?"}']);
  });
});

describe('a message that the host gave up', () => {
  test('is recorded whole and alarmed without its content, and its slot rings again at a tick', async () => {
    const here = world().user('ada').build();
    await tick(here.deps);
    here.doorbell.remove(here.doorbell.messages()[0]?.id ?? 0);
    here.clock.jump(200_000);
    const { deps, context, lines } = handled(here);
    await poisonOperationsQueue(deps)('a broken message', context);
    expect(here.tables.rows('ProvisioningLogs')).toMatchObject([
      { partitionKey: 'poison', columns: { message: 'a broken message', at: here.clock.now() } },
    ]);
    expect(lines).toEqual(['error poisonMessage {"length":16}']);
    expect(here.doorbell.messages()).toEqual([]);
    await tick(here.deps);
    expect(here.doorbell.messages()).toHaveLength(1);
  });

  test('and is no text is recorded as JSON, two at one moment as two, a long one cut', async () => {
    const here = world().build();
    const { deps, context } = handled(here);
    await poisonOperationsQueue(deps)({ v: 9 }, context);
    await poisonOperationsQueue(deps)('x'.repeat(5_000), context);
    const recorded = here.tables
      .rows('ProvisioningLogs')
      .map(({ columns }) => String(columns['message']));
    expect(recorded.toSorted().map((text) => text.slice(0, 7))).toEqual(['xxxxxxx', '{"v":9}']);
    expect(Math.max(...recorded.map(({ length }) => length))).toBe(1_000);
  });
});
