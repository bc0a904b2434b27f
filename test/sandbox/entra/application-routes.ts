import type { DirectoryApp } from './directory-types.ts';
import {
  readApplications,
  type GraphAnswer,
  type GraphCall,
  type GraphRoute,
  type Item,
} from './graph-call.ts';
import { GraphRefusal, refuseMissing, refuseUnmodelled } from './graph-refusal.ts';
import { requireKnownOptions } from './graph-request.ts';
import { answerList } from './list-page.ts';
import { isPresentAt, readAt, readState, type AssignmentLink } from './tenant.ts';

const reading = { permissions: [readApplications], cost: { units: 1, writes: 0 } } as const;

/** The service principal of the enterprise application, and who is assigned to it. */
export const applicationRoutes: readonly GraphRoute[] = [
  {
    method: 'GET',
    pattern: "/servicePrincipals(appId='{appId}')",
    ...reading,
    answer: (call) => answerApplication(call, requireApplication(call, 'appId')),
  },
  {
    method: 'GET',
    pattern: '/servicePrincipals/{id}',
    ...reading,
    answer: (call) => answerApplication(call, requireApplication(call, 'id')),
  },
  { method: 'GET', pattern: '/servicePrincipals', ...reading, answer: answerSearch },
  {
    method: 'GET',
    pattern: "/servicePrincipals(appId='{appId}')/appRoleAssignedTo",
    ...reading,
    answer: (call) => answerAssignments(call, requireApplication(call, 'appId')),
  },
  {
    method: 'GET',
    pattern: '/servicePrincipals/{id}/appRoleAssignedTo',
    ...reading,
    answer: (call) => answerAssignments(call, requireApplication(call, 'id')),
  },
];

function requireApplication(call: GraphCall, key: 'id' | 'appId'): DirectoryApp {
  const [asked = ''] = call.params;
  const app = readAt(call.graph.tenant.app, call.readVersion('directory'));
  if (app?.[key] !== asked) throw refuseMissing(asked);
  return app;
}

function answerApplication(call: GraphCall, app: DirectoryApp): GraphAnswer {
  requireKnownOptions(call.request, ['$select']);
  const context = `${call.request.base}/$metadata#servicePrincipals/$entity`;
  return { status: 200, body: { '@odata.context': context, ...showApplication(call, app) } };
}

function showApplication({ request }: GraphCall, app: DirectoryApp): Item {
  const whole: Item = {
    id: app.id,
    appId: app.appId,
    displayName: app.displayName,
    accountEnabled: true,
    appRoleAssignmentRequired: true,
    servicePrincipalType: 'Application',
    appRoles: app.appRoles.map((role) => ({
      id: role.id,
      displayName: role.displayName,
      description: role.description ?? role.displayName,
      value: role.value ?? null,
      isEnabled: role.isEnabled ?? true,
      origin: 'Application',
      allowedMemberTypes: role.allowedMemberTypes ?? ['User'],
    })),
  };
  return selectFrom(whole, request.options.get('$select'), 'servicePrincipal');
}

function selectFrom(whole: Item, select: string | undefined, type: string): Item {
  if (select === undefined) return whole;
  const names = new Set(['id', ...select.split(',').map((name) => name.trim())]);
  for (const name of names) {
    if (!(name in whole)) throw refuseUnmodelled(`${name} of ${type}`);
  }
  return Object.fromEntries(Object.entries(whole).filter(([name]) => names.has(name)));
}

function answerSearch(call: GraphCall): GraphAnswer {
  const { request, graph } = call;
  requireKnownOptions(request, ['$select', '$filter', '$top', '$skiptoken']);
  const filter = request.options.get('$filter') ?? '';
  const asked = /^appId\s+eq\s+'([^']*)'$/iu.exec(filter.trim())?.[1];
  if (asked === undefined) throw refuseUnmodelled('a list of service principals without appId');
  return answerList<DirectoryApp>(call, {
    area: 'directory',
    context: 'servicePrincipals',
    readCandidates: (version) => {
      const app = readAt(graph.tenant.app, version);
      return app?.appId === asked.toLowerCase() ? [app] : [];
    },
    show: (app) => showApplication(call, app),
  });
}

function answerAssignments(call: GraphCall, app: DirectoryApp): GraphAnswer {
  const { request, graph } = call;
  requireKnownOptions(request, ['$select', '$top', '$skiptoken']);
  if (request.options.get('$select') === '') {
    throw new GraphRefusal(400, 'BadRequest', 'An empty $select.');
  }
  return answerList<AssignmentLink>(call, {
    area: 'assignments',
    context: 'appRoleAssignments',
    readCandidates: () => graph.tenant.assignments,
    show: (link, version) => showAssignment(call, link, { app, version }),
  });
}

/** Undefined for a grant that is not there, and for that of a principal in the deleted items. */
function showAssignment(
  { graph, settings, request }: GraphCall,
  link: AssignmentLink,
  { app, version }: { readonly app: DirectoryApp; readonly version: number },
): Item | undefined {
  if (!isPresentAt(link.toggles, version)) return undefined;
  const { tenant } = graph;
  const principal = tenant.users.get(link.principalId) ?? tenant.groups.get(link.principalId);
  const state = readState(principal, version);
  if (state === 'soft' && !settings.listAssignmentsOfDeleted) return undefined;
  const properties = principal === undefined ? {} : readAt(principal.history, version)?.properties;
  const whole: Item = {
    id: link.id,
    deletedDateTime: null,
    appRoleId: link.appRoleId,
    createdDateTime: new Date(link.createdAt).toISOString(),
    principalDisplayName: properties?.['displayName'] ?? null,
    principalId: link.principalId,
    principalType: link.principalType,
    resourceDisplayName: app.displayName,
    resourceId: app.id,
  };
  return selectFrom(whole, request.options.get('$select'), 'appRoleAssignment');
}
