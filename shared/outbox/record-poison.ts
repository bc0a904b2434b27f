import { reverseTime } from '../rows/log-records.ts';
import type { OutboxDeps } from './deps.ts';

/** Writes down a message that nobody could work with, so that it outlives the queue's seven days, and raises the alarm. */
export async function recordPoison(
  deps: Pick<OutboxDeps, 'tables' | 'clock' | 'random' | 'log'>,
  message: unknown,
): Promise<void> {
  const at = deps.clock.now();
  const text = typeof message === 'string' ? message : (JSON.stringify(message) ?? '');
  deps.log.error('poisonMessage', { length: text.length });
  await deps.tables.write('ProvisioningLogs', 'poison', [
    {
      kind: 'upsert',
      rowKey: `${reverseTime(at)}|${deps.random.token()}`,
      columns: { v: 1, at, message: text.slice(0, 1_000) },
    },
  ]);
}
