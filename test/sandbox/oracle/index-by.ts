/** Items by a key; those without one are left out, and of two with one key the later stays. */
export function indexBy<T>(
  items: readonly T[],
  key: (item: T) => string | undefined,
): ReadonlyMap<string, T> {
  return new Map(items.flatMap((item) => (key(item) ? [[key(item) ?? '', item]] : [])));
}
