/** Which call met which fault, and how often: what a walk has really exercised. */
export interface Coverage {
  note(call: string, fault: string): void;
  /** Counts by `call × fault`. */
  readonly counts: ReadonlyMap<string, number>;
  add(other: Coverage): void;
}

export function createCoverage(): Coverage {
  const counts = new Map<string, number>();
  const add = (key: string, times: number): void => {
    counts.set(key, (counts.get(key) ?? 0) + times);
  };
  return {
    note: (call, fault) => add(`${call} × ${fault}`, 1),
    counts,
    add: (other) => {
      for (const [key, times] of other.counts) add(key, times);
    },
  };
}

/** One line per call, its faults behind it, the most frequent first. */
export function describeCoverage(coverage: Coverage): string {
  const byCall = new Map<string, string[]>();
  const sorted = [...coverage.counts].toSorted((a, b) => b[1] - a[1]);
  for (const [key, times] of sorted) {
    const [call = '', fault = ''] = key.split(' × ');
    byCall.set(call, [...(byCall.get(call) ?? []), `${fault} ${times}`]);
  }
  const calls = [...byCall.keys()].toSorted();
  const width = Math.max(0, ...calls.map((call) => call.length));
  return calls.map((call) => `  ${call.padEnd(width)}  ${byCall.get(call)?.join(', ')}`).join('\n');
}
