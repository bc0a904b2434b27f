/** All there is on all pages, in order. */
export async function gatherPages<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const gathered: T[] = [];
  for await (const page of pages) gathered.push(...page);
  return gathered;
}
