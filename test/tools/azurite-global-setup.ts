import type { TestProject } from 'vitest/node';
import { startAzurite } from './azurite.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The connection string of the one Azurite that serves this test run: `inject('azurite')`. */
    azurite: string;
  }
}

/** Starts one Azurite for the whole run. Tests keep apart by the prefix of their tables and the name of their queue. */
export default async function setUpAzurite(project: TestProject): Promise<() => Promise<void>> {
  const azurite = await startAzurite();
  project.provide('azurite', azurite.connectionString);
  return () => azurite.stop();
}
