import { inject } from 'vitest';
import { tableNames } from '../../shared/model/table-names.ts';
import { createAzureTables } from '../../shared/storage/azure-tables.ts';
import { createMemoryLog } from '../memory/memory-log.ts';
import { createMemoryTables } from '../memory/memory-tables.ts';
import { describeTableStore } from './table-store.contract.ts';

describeTableStore('tables in memory', async () => createMemoryTables());

describeTableStore('tables in memory with short and empty pages', async () =>
  createMemoryTables({ pageRows: 1, emptyPages: true }),
);

const azureTables = createAzureTables({
  connection: { connectionString: inject('azurite') },
  prefix: 'contract',
  log: createMemoryLog(),
});
let created: Promise<void> | undefined;

describeTableStore('tables in Azurite', async () => {
  created ??= azureTables.createTables(tableNames);
  await created;
  return azureTables;
});
