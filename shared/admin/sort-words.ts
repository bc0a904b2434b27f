import { StagedProblem } from './staged-problem.ts';

/** The words of a command line: options with what was given to them, and the rest. */
export interface Words {
  readonly plain: readonly string[];
  readonly options: ReadonlyMap<string, readonly string[]>;
}

/** How an option takes words: none, one, or all up to the next option. `--name=value` is one. */
export type OptionKinds = { readonly [name: string]: 'flag' | 'value' | 'list' };

/** Throws StagedProblem with `hint` for an option that does not exist, or one that lacks its value. */
export function sortWords(words: readonly string[], kinds: OptionKinds, hint: string): Words {
  const plain: string[] = [];
  const options = new Map<string, string[]>();
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('--')) {
      plain.push(word);
      continue;
    }
    const [name, inline] = splitOption(word.slice(2));
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw new StagedProblem(`there is no option --${name}; ${hint}`);
    const values = inline === undefined ? takeValues(rest, kind) : [inline];
    if (kind !== 'flag' && values.length === 0) {
      throw new StagedProblem(`--${name} wants a value; ${hint}`);
    }
    options.set(name, [...(options.get(name) ?? []), ...values]);
  }
  return { plain, options };
}

function splitOption(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function takeValues(rest: string[], kind: OptionKinds[string]): readonly string[] {
  if (kind === 'flag') return [];
  const end = rest.findIndex((word) => word.startsWith('--'));
  const many = end < 0 ? rest.length : end;
  return rest.splice(0, kind === 'value' ? Math.min(1, many) : many);
}
