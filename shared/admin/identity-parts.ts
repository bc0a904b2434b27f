/** What an id of `held` is about. */
export type IdentityParts =
  | { readonly kind: 'user'; readonly userId: string }
  /** A link to a member whom Dropbox does not know any more. */
  | { readonly kind: 'link'; readonly userId: string }
  | { readonly kind: 'group'; readonly groupId: string }
  | { readonly kind: 'edge'; readonly groupId: string; readonly userId: string };

/** Undefined for a text that is no such id. */
export function identityParts(id: string): IdentityParts | undefined {
  const [, kind, first = '', second = ''] = /^([uxge]):([^:]+)(?::([^:]+))?$/.exec(id) ?? [];
  if (kind === 'e') {
    return second === '' ? undefined : { kind: 'edge', groupId: first, userId: second };
  }
  if (kind === undefined || second !== '') return undefined;
  if (kind === 'g') return { kind: 'group', groupId: first };
  return { kind: kind === 'u' ? 'user' : 'link', userId: first };
}
