/** How an SDK repeats a call to storage. Nothing else repeats it. */
export interface StorageRetry {
  readonly maxRetries: number;
  readonly delayMs: number;
  readonly maxDelayMs: number;
  /** For one call with all its repetitions, until the last byte of its answer. */
  readonly withinMs: number;
}

/** Long enough for a partition to move to another server; a worker's claim must leave room for it. */
export const STORAGE_RETRY: StorageRetry = {
  maxRetries: 4,
  delayMs: 300,
  maxDelayMs: 5000,
  withinMs: 30_000,
};
