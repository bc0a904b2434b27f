import { readFile, rename, writeFile } from 'node:fs/promises';

interface Keepable {
  onChange(listener: () => void): void;
  saveState(): unknown;
  loadState(saved: unknown): void;
}

export interface StateFile {
  /** Saves what is not saved yet; afterwards nothing is written any more. */
  close(): Promise<void>;
}

/**
 * Loads the emulator's state from `path` where that file exists, and from then on saves it no later than `delayMs` after a change: into a
 * temporary file beside it, then renamed, so that the file is whole at every moment.
 */
export async function openStateFile(
  emulator: Keepable,
  path: string,
  delayMs = 1000,
): Promise<StateFile> {
  const saved = await readIfPresent(path);
  if (saved !== undefined) emulator.loadState(JSON.parse(saved));
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let writing = Promise.resolve();
  const save = async (): Promise<void> => {
    timer = undefined;
    const temporary = `${path}.saving`;
    await writeFile(temporary, JSON.stringify(emulator.saveState()));
    await rename(temporary, path);
  };
  const queueSave = (): Promise<void> => (writing = writing.then(save));
  emulator.onChange(() => {
    if (isClosed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      queueSave().catch((error: unknown) => {
        console.error(`cannot save the state to ${path}:`, error);
      });
    }, delayMs);
  });
  return {
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await queueSave();
    },
  };
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
