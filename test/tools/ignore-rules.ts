/** Says of a path, relative and with `/`, whether the rules leave it out. A folder's path ends in `/`. */
export type IsIgnored = (relativePath: string) => boolean;

interface Rule {
  readonly pattern: RegExp;
  readonly isNegated: boolean;
}

/**
 * Reads rules as `.gitignore` and `.funcignore` write them: one pattern a line, `#` comments, `!` takes back, a slash at the end means
 * folders only, a slash elsewhere ties the pattern to the root. What lies in an ignored folder is ignored whatever follows.
 */
export function parseIgnoreRules(text: string): IsIgnored {
  const rules = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseRule);
  const matches = (path: string): boolean =>
    rules.findLast((rule) => rule.pattern.test(path))?.isNegated === false;
  return (relativePath) => {
    const parts = relativePath.split('/').filter((part) => part !== '');
    const folders = parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join('/')}/`);
    return [...folders, relativePath].some(matches);
  };
}

function parseRule(line: string): Rule {
  const isNegated = line.startsWith('!');
  const body = isNegated ? line.slice(1) : line;
  const isFolder = body.endsWith('/');
  const pattern = body.replace(/\/$/, '');
  const isAnchored = pattern.includes('/');
  const source = pattern
    .replace(/^\//, '')
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replace(/\*\*\/|\*\*|\*|\?/g, toExpression);
  const start = isAnchored ? '^' : '(?:^|/)';
  return { isNegated, pattern: new RegExp(`${start}${source}${isFolder ? '/' : '/?'}$`) };
}

function toExpression(wildcard: string): string {
  if (wildcard === '**/') return '(?:.*/)?';
  if (wildcard === '**') return '.*';
  return wildcard === '*' ? '[^/]*' : '[^/]';
}
