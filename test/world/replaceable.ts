export interface Replaceable<T extends object> {
  /** What the engine is given. */
  readonly port: T;
  /** Names of the methods that were called, in order. */
  readonly calls: readonly (keyof T)[];
  /** From now on these methods answer instead of the real ones; an empty object gives the real ones back. */
  replace(methods: Partial<T>): void;
  /** This method throws the next time, before or after the real thing has happened. */
  failOnce(method: keyof T, error: Error, when?: 'before' | 'after'): void;
  forgetCalls(): void;
}

/** A port that a test can make answer otherwise, method by method. */
export function replaceable<T extends object>(real: T): Replaceable<T> {
  let replaced: Partial<T> = {};
  let failures: { method: PropertyKey; error: Error; when: 'before' | 'after' }[] = [];
  const calls: (keyof T)[] = [];

  function takeFailure(method: PropertyKey, when: 'before' | 'after'): Error | undefined {
    const found = failures.find((one) => one.method === method && one.when === when);
    failures = failures.filter((one) => one !== found);
    return found?.error;
  }

  const port = new Proxy(real, {
    get(target, name) {
      const method: unknown = Reflect.get(replaced, name) ?? Reflect.get(target, name);
      if (typeof method !== 'function' || !isKey(target, name)) return method;
      return async (...input: unknown[]): Promise<unknown> => {
        calls.push(name);
        const before = takeFailure(name, 'before');
        if (before !== undefined) throw before;
        const answer: unknown = await Reflect.apply(method, target, input);
        const after = takeFailure(name, 'after');
        if (after !== undefined) throw after;
        return answer;
      };
    },
  });
  return {
    port,
    calls,
    replace(methods) {
      replaced = methods;
    },
    failOnce(method, error, when = 'before') {
      failures.push({ method, error, when });
    },
    forgetCalls() {
      calls.length = 0;
    },
  };
}

function isKey<T extends object>(target: T, name: PropertyKey): name is keyof T {
  return name in target;
}
