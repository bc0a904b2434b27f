import type { TableServiceClientOptions } from '@azure/data-tables';

type Policy = NonNullable<TableServiceClientOptions['additionalPolicies']>[number]['policy'];

export interface ConditionalDeletes {
  /** To be given to each client, to run once per call. */
  readonly policy: Policy;
  /** Says which ETags the deletes of the transaction that is sent with this signal want, in order. */
  expect(signal: AbortSignal, etags: readonly string[]): void;
}

/** The condition of one delete in the body of a transaction; a line of JSON never begins like this. */
const DELETE_CONDITION = /^(DELETE [^\r\n]+\r?\n(?:[^\r\n]+\r?\n)*?If-Match: )(\*)(?=\r?$)/gim;

/**
 * Makes the deletes of a transaction conditional. `submitTransaction` of @azure/data-tables (13.3.2, `TableClient.ts`) takes no ETag for
 * a delete and writes `If-Match: *`, which deletes whatever is there. The body is put right before it is sent; where it does not look as
 * expected nothing is sent.
 */
export function createConditionalDeletes(): ConditionalDeletes {
  // A call's signal is the one thing of ours that the SDK passes through to its request.
  const expected = new WeakMap<object, readonly string[]>();
  return {
    expect: (signal, etags) => {
      expected.set(signal, etags);
    },
    policy: {
      name: 'conditionalDeletes',
      sendRequest: async (request, next) => {
        const etags =
          request.abortSignal === undefined ? undefined : expected.get(request.abortSignal);
        if (etags !== undefined) request.body = replaceConditions(request.body, etags);
        else if (request.url.includes('/$batch'))
          throw new Error('a transaction has lost its ETags');
        return next(request);
      },
    },
  };
}

function replaceConditions(body: unknown, etags: readonly string[]): string {
  if (typeof body !== 'string') throw new Error('a transaction has no text as its body');
  const left = [...etags];
  const replaced = body.replace(DELETE_CONDITION, (_, before: string) => {
    const etag = left.shift();
    if (etag === undefined) throw new Error('a transaction has more deletes than were asked for');
    return `${before}${etag}`;
  });
  if (left.length > 0) throw new Error('a transaction has fewer deletes than were asked for');
  return replaced;
}
