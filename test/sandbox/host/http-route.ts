/** A route of ASP.NET's kind: literals, `{name}`, `{name:int}`, `{name?}` at the end, `{*rest}` at the end. */
export interface HttpRoute {
  /** The parameters by name where the path fits; an absent optional one is missing. `path` has no leading slash. */
  match(path: string): { readonly [name: string]: string } | undefined;
  /** Of two routes that fit, the one whose order sorts first is taken: literals before parameters before the rest. */
  readonly order: string;
}

type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'parameter';
      readonly name: string;
      readonly constraints: readonly string[];
      readonly isOptional: boolean;
    }
  | { readonly kind: 'rest'; readonly name: string };

const constraints: { readonly [name: string]: RegExp } = {
  int: /^-?\d{1,10}$/,
  long: /^-?\d{1,19}$/,
  bool: /^(true|false)$/i,
  alpha: /^[a-z]*$/i,
  guid: /^\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?$/i,
};

/** Throws where the template holds something this host does not know. Literals fit without regard to case. */
export function parseHttpRoute(template: string): HttpRoute {
  const segments = template
    .split('/')
    .filter((part) => part !== '')
    .map((part, index, parts) => parseSegment(part, index === parts.length - 1, template));
  const rank = { literal: '0', parameter: '1', rest: '3' } as const;
  return {
    match: (path) => matchSegments(segments, path),
    order: segments
      .map((segment) =>
        segment.kind === 'parameter' && segment.constraints.length === 0 ? '2' : rank[segment.kind],
      )
      .join(''),
  };
}

function parseSegment(part: string, isLast: boolean, template: string): Segment {
  const refuse = (reason: string): Error => new Error(`cannot read route "${template}": ${reason}`);
  const inner = /^\{([^{}]*)\}$/.exec(part)?.[1];
  if (inner === undefined) {
    if (/[{}]/.test(part)) throw refuse(`"${part}" mixes text and parameters`);
    return { kind: 'literal', text: part.toLowerCase() };
  }
  const segment = parseParameter(inner, refuse);
  if (!isLast && (segment.kind === 'rest' || segment.isOptional)) {
    throw refuse(`"${part}" must be last`);
  }
  return segment;
}

function parseParameter(
  inner: string,
  refuse: (reason: string) => Error,
): Exclude<Segment, { kind: 'literal' }> {
  const rest = /^\*{1,2}(\w+)$/.exec(inner)?.[1];
  if (rest !== undefined) return { kind: 'rest', name: rest };
  const match = /^(\w+)((?::\w+)*)(\?)?$/.exec(inner);
  const [, name, list = '', optional] = match ?? [];
  if (name === undefined) throw refuse(`"{${inner}}" is not understood here`);
  const names = list.split(':').filter((text) => text !== '');
  const unknown = names.find((text) => constraints[text] === undefined);
  if (unknown !== undefined) throw refuse(`the constraint "${unknown}" is not understood here`);
  return { kind: 'parameter', name, constraints: names, isOptional: optional !== undefined };
}

function matchSegments(
  segments: readonly Segment[],
  path: string,
): { readonly [name: string]: string } | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  let found: { readonly [name: string]: string } = {};
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === 'rest') {
      const rest = parts.slice(index).join('/');
      return rest === '' ? found : { ...found, [segment.name]: rest };
    }
    const matched = matchSegment(segment, parts[index]);
    if (matched === undefined) return undefined;
    found = { ...found, ...matched };
  }
  return parts.length > segments.length ? undefined : found;
}

/** What one segment of the path adds to the parameters; undefined where it does not fit. */
function matchSegment(
  segment: Exclude<Segment, { kind: 'rest' }>,
  text: string | undefined,
): { readonly [name: string]: string } | undefined {
  if (segment.kind === 'literal') return text?.toLowerCase() === segment.text ? {} : undefined;
  if (text === undefined) return segment.isOptional ? {} : undefined;
  const fits = segment.constraints.every((name) => constraints[name]?.test(text) === true);
  return fits ? { [segment.name]: text } : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign stands for itself
  }
}
