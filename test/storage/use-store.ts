import type { Row, TableAction, TableStore } from '../../shared/model/ports.ts';

const table = 'Users';

/** A store and a partition that nobody else uses, with the calls to it. */
export async function useStore(createStore: () => Promise<TableStore>) {
  const store = await createStore();
  const partition = `partition ${++partitions}`;
  return {
    store,
    partition,
    write: (...actions: readonly TableAction[]) => store.write(table, partition, actions),
    get: (rowKey: string) => store.get(table, partition, rowKey),
    getSure: async (rowKey: string): Promise<Row> => {
      const row = await store.get(table, partition, rowKey);
      if (row === undefined) throw new Error(`there is no row ${rowKey}`);
      return row;
    },
  };
}

let partitions = 0;
