import type { z } from 'zod';
import { cycleStateSchema, type CycleState } from '../model/cycle-state.ts';
import {
  brakeSchema,
  heartbeatSchema,
  noBrake,
  noHeartbeat,
  operatorSchema,
  type Brake,
  type Heartbeat,
  type Operator,
} from '../model/job.ts';
import type { TableStore } from '../model/ports.ts';
import { fromJsonColumns, toJsonColumns } from './json-columns.ts';

export const jobTable = 'Job';
const watermarksTable = 'Watermarks';

/** A value with the ETag under which it was read; undefined where the row does not exist yet. */
export interface Versioned<T> {
  readonly value: T;
  readonly etag: string | undefined;
}

async function load<T>(
  tables: TableStore,
  [table, partitionKey, rowKey]: readonly [string, string, string],
  schema: z.ZodType<T>,
): Promise<Versioned<T> | undefined> {
  const row = await tables.get(table, partitionKey, rowKey);
  if (row === undefined) return undefined;
  return { value: schema.parse(fromJsonColumns(row, 'value')), etag: row.etag };
}

async function save(
  tables: TableStore,
  [table, partitionKey, rowKey]: readonly [string, string, string],
  next: Versioned<unknown>,
): Promise<string> {
  const columns = toJsonColumns('value', next.value);
  const [etag] = await tables.write(table, partitionKey, [
    next.etag === undefined
      ? { kind: 'insert', rowKey, columns }
      : { kind: 'merge', rowKey, columns, etag: next.etag },
  ]);
  return etag ?? '';
}

const operatorKey = [jobTable, 'job', 'operator'] as const;
const brakeKey = [jobTable, 'job', 'brake'] as const;
const heartbeatKey = [jobTable, 'job', 'cycle'] as const;
const stateKey = [watermarksTable, 'cycle', 'current'] as const;

/** The operator's wish; undefined for a job that has never run. */
export function loadOperator(tables: TableStore): Promise<Versioned<Operator> | undefined> {
  return load(tables, operatorKey, operatorSchema);
}

/** Throws StorageConflictError where somebody else was faster. */
export function saveOperator(tables: TableStore, next: Versioned<Operator>): Promise<string> {
  return save(tables, operatorKey, next);
}

export async function loadBrake(tables: TableStore): Promise<Versioned<Brake>> {
  return (await load(tables, brakeKey, brakeSchema)) ?? { value: noBrake, etag: undefined };
}

/** Throws StorageConflictError where somebody else was faster. */
export function saveBrake(tables: TableStore, next: Versioned<Brake>): Promise<string> {
  return save(tables, brakeKey, next);
}

export async function loadHeartbeat(tables: TableStore): Promise<Versioned<Heartbeat>> {
  const found = await load(tables, heartbeatKey, heartbeatSchema);
  return found ?? { value: noHeartbeat, etag: undefined };
}

/** Throws StorageConflictError where somebody else was faster. */
export function saveHeartbeat(tables: TableStore, next: Versioned<Heartbeat>): Promise<string> {
  return save(tables, heartbeatKey, next);
}

/** How far the cycle is; undefined before the first. */
export function loadCycleState(tables: TableStore): Promise<Versioned<CycleState> | undefined> {
  return load(tables, stateKey, cycleStateSchema);
}

/** Throws StorageConflictError where another cycle has got on meanwhile: the one that is told so stops. */
export function saveCycleState(tables: TableStore, next: Versioned<CycleState>): Promise<string> {
  return save(tables, stateKey, next);
}
