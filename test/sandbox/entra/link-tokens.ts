import { createHmac, timingSafeEqual } from 'node:crypto';

import { z } from 'zod';

import { GraphRefusal } from './graph-refusal.ts';

const issue = { issued: z.number(), at: z.number(), epoch: z.number() };
const stream = {
  stream: z.enum(['users', 'groups']),
  select: z.array(z.string()).readonly().nullable(),
  ids: z.array(z.string()).readonly().nullable(),
};

const deltaContent = z.object({ kind: z.literal('delta'), ...stream, version: z.number() });
const pageContent = z.object({
  kind: z.literal('page'),
  ...stream,
  /** Null where the segment is everything there is. */
  from: z.number().nullable(),
  to: z.number(),
  seed: z.number(),
  unit: z.number(),
  page: z.number(),
  isStuck: z.boolean(),
});
const listContent = z.object({
  kind: z.literal('list'),
  path: z.string(),
  index: z.number(),
  /** Pinned where the list is computed as a whole. */
  version: z.number(),
  isStuck: z.boolean(),
});

const contentSchema = z.discriminatedUnion('kind', [deltaContent, pageContent, listContent]);
const tokenSchema = z.discriminatedUnion('kind', [
  deltaContent.extend(issue),
  pageContent.extend(issue),
  listContent.extend(issue),
]);

export type DeltaPosition = z.output<typeof deltaContent>;
export type PagePosition = z.output<typeof pageContent>;
export type ListPosition = z.output<typeof listContent>;
type LinkContent = z.output<typeof contentSchema>;
export type LinkToken = z.output<typeof tokenSchema>;

/** What the emulator has to remember so that tokens of an earlier process stay good. */
export const tokenStateSchema = z.object({
  secret: z.string(),
  issued: z.number(),
  expiredDelta: z.number(),
  expiredPages: z.number(),
});
export type TokenState = z.output<typeof tokenStateSchema>;

interface TokenParts {
  readonly state: TokenState;
  readonly clock: { now(): number };
  readEpoch(): number;
  readLifetimes(): { readonly deltaMs: number; readonly pageMs: number };
}

export interface LinkTokens {
  write(content: LinkContent): string;
  /** Throws GraphRefusal for what was not written here; a token that has expired is returned and says so. */
  read(text: string): { readonly token: LinkToken; readonly isExpired: boolean };
  /** From now on every link of this kind handed out so far counts as expired. */
  expire(kind: 'delta' | 'page'): void;
}

/** Opaque to clients and tamper-evident: the content and an HMAC over it, both base64url. */
export function createLinkTokens(parts: TokenParts): LinkTokens {
  const { state } = parts;
  const sign = (text: string): Buffer => createHmac('sha256', state.secret).update(text).digest();
  return {
    write: (content) => {
      state.issued += 1;
      const token = {
        ...content,
        issued: state.issued,
        at: parts.clock.now(),
        epoch: parts.readEpoch(),
      };
      const text = Buffer.from(JSON.stringify(token)).toString('base64url');
      return `${text}.${sign(text).toString('base64url')}`;
    },
    read: (written) => {
      const [text = '', signature = ''] = written.split('.');
      const given = Buffer.from(signature, 'base64url');
      const right = sign(text);
      if (given.length !== right.length || !timingSafeEqual(given, right)) {
        throw new GraphRefusal(400, 'BadRequest', 'Badly formed token.');
      }
      const token = tokenSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
      return { token, isExpired: isExpired(token, parts) };
    },
    expire: (kind) => {
      if (kind === 'delta') state.expiredDelta = state.issued;
      else state.expiredPages = state.issued;
    },
  };
}

function isExpired(token: LinkToken, parts: TokenParts): boolean {
  const { deltaMs, pageMs } = parts.readLifetimes();
  const isDelta = token.kind === 'delta';
  const age = parts.clock.now() - token.at;
  return (
    token.epoch !== parts.readEpoch() ||
    token.issued <= (isDelta ? parts.state.expiredDelta : parts.state.expiredPages) ||
    age > (isDelta ? deltaMs : pageMs)
  );
}
