const version = 'v1.0';

/** Where Graph is: `url` as the client wants it, `links` what every nextLink and deltaLink begins with. */
export interface GraphRoot {
  readonly url: string;
  readonly origin: string;
  readonly pathPrefix: string;
}

/** Takes `https://graph.microsoft.com` or a loopback address, with or without a path and a last slash. Throws where it is no URL. */
export function parseGraphRoot(baseUrl: string): GraphRoot {
  const url = baseUrl.replace(/\/+$/, '');
  const { origin, pathname } = new URL(url);
  return { url, origin, pathPrefix: `${pathname.replace(/\/+$/, '')}/${version}/` };
}

/** Whether a nextLink or deltaLink stays on this root and version. Any other link must not be followed: the token would go with it. */
export function isOwnLink(link: string, root: GraphRoot): boolean {
  if (!URL.canParse(link)) return false;
  const { origin, pathname } = new URL(link);
  return origin === root.origin && pathname.startsWith(root.pathPrefix);
}

/** A link as the `url` of a part of a batch: without host and version, every other byte as it was. The link is an own one. */
export function toPartUrl(link: string, root: GraphRoot): string {
  const path = link.replace(/^[a-z]+:\/\/[^/]+/i, '');
  return path.slice(root.pathPrefix.length - 1);
}

/** A value inside a filter, between quotes (doubled in OData), ready for a URL: `#`, `&` and `+` in it stay part of the value. */
export function quoteValue(value: string): string {
  return `'${encodeURIComponent(value.replaceAll("'", "''"))}'`;
}

/** Property names as the value of `$select`, each once. */
export function joinSelect(names: readonly string[]): string {
  return [...new Set(names)].map((name) => encodeURIComponent(name)).join(',');
}
