import { z } from 'zod';

import type { WriteRecord, WriteResult } from './team-types.ts';

/** Writes as the control API lists them. */
export const writesSchema = z.array(
  z.object({
    sequence: z.number(),
    at: z.number(),
    route: z.string(),
    argument: z.unknown(),
    result: z.object({
      changed: z.array(
        z.object({
          kind: z.enum(['member', 'group']),
          id: z.string(),
          email: z.exactOptional(z.string()),
          name: z.exactOptional(z.string()),
        }),
      ),
      jobId: z.exactOptional(z.string()),
    }),
  }),
);

/** Every successful write of the app, in order. */
export interface WriteLog {
  add(record: WriteRecord): void;
  /** What a job changed later than its call was answered. */
  complete(sequence: number, changed: WriteResult['changed']): void;
  readSince(sequence: number): readonly WriteRecord[];
  clear(): void;
  save(): unknown;
  load(saved: unknown): void;
}

/** An empty list of writes. */
export function createWriteLog(): WriteLog {
  let records: WriteRecord[] = [];
  return {
    add: (record) => {
      records.push(record);
    },
    complete: (sequence, changed) => {
      const index = records.findIndex((record) => record.sequence === sequence);
      const record = records[index];
      if (record === undefined) return;
      records[index] = { ...record, result: { ...record.result, changed } };
    },
    readSince: (sequence) => records.filter((record) => record.sequence > sequence),
    clear: () => {
      records = [];
    },
    save: () => records,
    load: (saved) => {
      records = writesSchema.parse(saved);
    },
  };
}
