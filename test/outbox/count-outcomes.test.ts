import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../../shared/model/log-record.ts';
import { countOutcomes } from '../../shared/outbox/count-outcomes.ts';
import { saveLogRecords } from '../../shared/rows/log-records.ts';
import { createMemoryTables } from '../memory/memory-tables.ts';

const start = Date.UTC(2026, 2, 2, 8);

/** The count after these records were logged. */
async function countOf(...records: readonly Partial<LogRecord>[]): Promise<unknown> {
  const counted = countOutcomes(createMemoryTables());
  const plain = {
    at: start,
    operation: 'inviteMember',
    code: '',
    reason: '',
    targetId: '',
  } as const;
  await saveLogRecords(
    counted.tables,
    records.map((record, index): LogRecord => ({
      ...plain,
      identity: `u:${index}`,
      outcome: 'applied',
      changes: [],
      ...record,
    })),
  );
  return counted.outcomes();
}

describe('what is counted', () => {
  test('is what the provisioning log says was carried out, or failed for the first time', async () => {
    expect(
      await countOf(
        {},
        { outcome: 'alreadyDone' },
        { outcome: 'failed', code: 'user_on_another_team', attempt: 1 },
        { outcome: 'failed', code: 'malformed' },
      ),
    ).toEqual({ done: 2, codes: { user_on_another_team: 1, malformed: 1 } });
  });

  test('is no refusal for want of a licence, no repeated failure of the same identity and nothing that was only decided', async () => {
    expect(
      await countOf(
        { outcome: 'failed', code: 'team_license_limit' },
        { outcome: 'failed', code: 'user_on_another_team', attempt: 2 },
        { outcome: 'skipped', code: 'noLicence' },
        { outcome: 'skipped', code: 'blocked', operation: 'none' },
        { outcome: 'held', code: 'staged', operation: 'suspendMember' },
      ),
    ).toEqual({ done: 0, codes: {} });
  });

  test('is nothing that could not be written', async () => {
    const tables = { ...createMemoryTables(), write: () => Promise.reject(new Error('503')) };
    const counted = countOutcomes(tables);
    await expect(counted.tables.write('ProvisioningLogs', 'day', [])).rejects.toThrow('503');
    expect(counted.outcomes()).toEqual({ done: 0, codes: {} });
  });
});
