import type { IForbiddenRuleType } from 'dependency-cruiser';

/** What each part may import of ours, besides itself: `model ← mapping, config ← plan ← rows ← outbox ← cycle, apply ← functions`. */
const allowed: { readonly [folder: string]: readonly string[] } = {
  'shared/model': [],
  'shared/mapping': ['shared/model'],
  'shared/config': ['shared/model'],
  'shared/plan': ['shared/model', 'shared/mapping', 'shared/config'],
  'shared/http': ['shared/model'],
  'shared/entra': ['shared/model', 'shared/http'],
  'shared/dropbox': ['shared/model', 'shared/http'],
  'shared/storage': ['shared/model', 'shared/http'],
  'shared/rows': ['shared/model'],
  'shared/outbox': ['shared/model', 'shared/rows'],
  'shared/admin': ['shared/model', 'shared/plan', 'shared/rows', 'shared/outbox'],
  'shared/cycle': ['shared/model', 'shared/config', 'shared/plan', 'shared/rows', 'shared/outbox'],
  'shared/cycle/drift': [
    'shared/model',
    'shared/cycle',
    'shared/plan',
    'shared/rows',
    'shared/outbox',
  ],
  'shared/cycle/judge': [
    'shared/model',
    'shared/cycle',
    'shared/plan',
    'shared/rows',
    'shared/outbox',
  ],
  'shared/apply': ['shared/model', 'shared/plan', 'shared/rows', 'shared/outbox'],
  functions: ['shared'],
};

/** Folders that have an import rule. */
export const ruledFolders: readonly string[] = Object.keys(allowed);

const ours = '^(shared|functions|test|infra)/';

function only(folder: string, others: readonly string[]): IForbiddenRuleType {
  const may = [folder, ...others].map((one) => `^${one}/`);
  return {
    name: `${folder} imports only what is below it`,
    severity: 'error',
    from: { path: `^${folder}/` },
    to: { path: ours, pathNot: may },
  };
}

function nobodyBut(name: string, packages: string, who: readonly string[]): IForbiddenRuleType {
  return {
    name,
    severity: 'error',
    from: { path: '^(shared|functions)/', pathNot: [...who] },
    to: { path: packages },
  };
}

/** A module of a package, wherever it is installed, or its bare name where it is not. */
function packageOf(name: string): string {
  return `(^|node_modules/)${name}(/|$)`;
}

export const importRules: readonly IForbiddenRuleType[] = [
  ...Object.entries(allowed).map(([folder, others]) => only(folder, others)),
  { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
  {
    name: 'every import is found',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'model knows nothing of the world but zod',
    severity: 'error',
    from: { path: '^shared/model/' },
    to: { pathNot: ['^shared/model/', packageOf('zod')] },
  },
  nobodyBut('only functions know the programming model', packageOf('@azure/functions'), [
    '^functions/',
  ]),
  nobodyBut(
    'only storage and dependencies know the Azure SDKs',
    '(^|node_modules/)@azure/(?!functions)',
    ['^shared/storage/', '^functions/dependencies\\.ts$'],
  ),
  nobodyBut('only entra knows the Graph client', packageOf('@microsoft/microsoft-graph-client'), [
    '^shared/entra/',
  ]),
];
