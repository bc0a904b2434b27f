import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { importRules } from './import-rules.ts';

export interface Cruised {
  /** Modules of ours that were seen, with the number of imports in each. */
  readonly modules: ReadonlyMap<string, number>;
  /** `rule: from → to`, sorted. */
  readonly violations: readonly string[];
}

/** Looks at all imports, types included, of the folders `shared` and `functions` under a root. */
export async function cruiseImports(root: string): Promise<Cruised> {
  const { output } = await cruise(['shared', 'functions'], {
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: [...importRules] },
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    moduleSystems: ['es6'],
  });
  if (typeof output === 'string') throw new Error('cannot read what dependency-cruiser answered');
  return { modules: countImports(output), violations: describe(output) };
}

function countImports({ modules }: ICruiseResult): ReadonlyMap<string, number> {
  const ours = modules.filter(({ source }) => /^(shared|functions)\//.test(source));
  return new Map(ours.map(({ source, dependencies }) => [source, dependencies.length]));
}

function describe({ summary }: ICruiseResult): readonly string[] {
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`).toSorted();
}
