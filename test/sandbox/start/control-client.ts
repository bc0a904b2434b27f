import { z } from 'zod';

/** Talks to the control API of an emulator. */
export interface ControlClient {
  /** Throws where the answer is no success or not of the shape. */
  read<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  write(method: 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<void>;
}

/** `address` as the emulator's `ready` line says it; paths are those below `/_control`. */
export function createControlClient(address: string): ControlClient {
  const call = async (path: string, init: RequestInit): Promise<string> => {
    const response = await fetch(`${address}/_control${path}`, init);
    const body = await response.text();
    if (response.ok) return body;
    const why = `${response.status} ${body.slice(0, 500)}`;
    throw new Error(`cannot ${init.method} ${path}: ${why}`);
  };
  return {
    read: async (path, schema) => schema.parse(JSON.parse(await call(path, { method: 'GET' }))),
    write: async (method, path, body) => {
      const headers = { 'content-type': 'application/json' };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      await call(path, { method, headers, ...sent });
    },
  };
}

/** `GET /_control/counts`. */
export const countsSchema = z.object({
  byRoute: z.record(z.string(), z.number()),
  requests: z.number(),
  batchParts: z.number(),
});
export type Counts = z.infer<typeof countsSchema>;

/** `GET /_control/writes`, as far as it is read here. */
export const writesSchema = z.array(
  z.object({
    sequence: z.number(),
    route: z.string(),
    argument: z.unknown(),
    result: z.object({
      changed: z.array(
        z.object({
          kind: z.enum(['member', 'group']),
          id: z.string(),
          email: z.string().optional(),
          name: z.string().optional(),
        }),
      ),
    }),
  }),
);
export type Write = z.infer<typeof writesSchema>[number];

/** `GET /_control/requests`, as far as it is read here. */
export const requestsSchema = z.array(
  z.object({ at: z.number(), route: z.string(), partOf: z.number().optional() }),
);
