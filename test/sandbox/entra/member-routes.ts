import type { MemberKind } from './directory-types.ts';
import {
  holdsPermission,
  readHiddenMembers,
  readMembers,
  readUsers,
  requirePermission,
  type GraphAnswer,
  type GraphCall,
  type GraphRoute,
  type Item,
} from './graph-call.ts';
import { refuseMissing, refuseQuery } from './graph-refusal.ts';
import { isAdvancedQuery, requireKnownOptions } from './graph-request.ts';
import { requireGuid } from './id-filter.ts';
import { answerList } from './list-page.ts';
import { blankObject, parseSelect, showObject, type Selection } from './selection.ts';
import { isPresentAt, readLive, type GroupObject, type Tenant } from './tenant.ts';

const direct = { permissions: [readMembers], cost: { units: 3, writes: 0 } } as const;
const transitive = { permissions: [readMembers], cost: { units: 5, writes: 0 } } as const;

/** Members of a group, mixed or cast to users, direct or transitive. */
export const memberRoutes: readonly GraphRoute[] = [
  {
    method: 'GET',
    pattern: '/groups/{id}/members',
    ...direct,
    answer: (call) => answerMembers(call, { isCast: false, readCandidates: readDirect }),
  },
  {
    method: 'GET',
    pattern: '/groups/{id}/members/microsoft.graph.user',
    ...direct,
    answer: (call) => answerMembers(call, { isCast: true, readCandidates: readDirect }),
  },
  {
    method: 'GET',
    pattern: '/groups/{id}/transitiveMembers',
    ...transitive,
    answer: (call) => answerMembers(call, { isCast: false, readCandidates: readTransitive }),
  },
  {
    method: 'GET',
    pattern: '/groups/{id}/transitiveMembers/microsoft.graph.user',
    ...transitive,
    answer: (call) => answerMembers(call, { isCast: true, readCandidates: readTransitive }),
  },
];

interface Candidate {
  readonly memberId: string;
  readonly kind: MemberKind;
  readonly toggles: readonly number[];
}

interface Way {
  readonly isCast: boolean;
  readCandidates(tenant: Tenant, group: GroupObject, version: number): readonly Candidate[];
}

function answerMembers(call: GraphCall, way: Way): GraphAnswer {
  const { request, graph } = call;
  requireKnownOptions(request, ['$select', '$top', '$count', '$skiptoken']);
  if (way.isCast && !isAdvancedQuery(request)) {
    throw refuseQuery(
      'Unsupported query: a cast needs the header ConsistencyLevel: eventual and $count=true.',
    );
  }
  const area = way.isCast ? 'advanced' : 'directory';
  const { group, isHidden } = findGroup(call, call.readVersion(area));
  const selection = parseSelect(request.options.get('$select'), {
    types: way.isCast ? ['user'] : ['user', 'group'],
    permissions: call.settings.permissions,
  });
  return answerList<Candidate>(call, {
    area,
    isPinned: way.readCandidates === readTransitive,
    context: way.isCast ? 'users' : 'directoryObjects',
    readCandidates: (version) => (isHidden ? [] : way.readCandidates(graph.tenant, group, version)),
    show: (candidate, version) => {
      const isListed = isPresentAt(candidate.toggles, version);
      if (!isListed || (way.isCast && candidate.kind !== 'user')) return undefined;
      return showMember(call, candidate, { version, selection, ...way });
    },
  });
}

/** The group that is asked about; 404 where it is not there, and by the setting 403 where its members are hidden. */
function findGroup(
  call: GraphCall,
  version: number,
): { readonly group: GroupObject; readonly isHidden: boolean } {
  const [id = ''] = call.params;
  requireGuid(id);
  const group = call.graph.tenant.groups.get(id);
  const properties = readLive(group, version);
  if (group === undefined || properties === undefined) throw refuseMissing(id);
  if (properties['visibility'] !== 'HiddenMembership') return { group, isHidden: false };
  if (call.settings.hiddenMembership === 'forbidden') requirePermission(call, readHiddenMembers);
  return { group, isHidden: !holdsPermission(call.settings, readHiddenMembers) };
}

function readDirect(_: Tenant, group: GroupObject): readonly Candidate[] {
  return group.edges;
}

/** Everybody below the group, each object once, breadth first; groups in circles do no harm. */
function readTransitive(tenant: Tenant, top: GroupObject, version: number): readonly Candidate[] {
  const seen = new Set([top.id]);
  const found: Candidate[] = [];
  const waiting: GroupObject[] = [top];
  for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
    for (const { memberId, kind, toggles } of group.edges) {
      if (!isPresentAt(toggles, version) || seen.has(memberId)) continue;
      seen.add(memberId);
      found.push({ memberId, kind, toggles });
      const nested = kind === 'group' ? tenant.groups.get(memberId) : undefined;
      if (nested !== undefined && readLive(nested, version) !== undefined) waiting.push(nested);
    }
  }
  return found;
}

interface Showing {
  readonly version: number;
  readonly selection: Selection;
  readonly isCast: boolean;
}

/**
 * Undefined for who is in the deleted items, and for service principals, which v1.0 does not list. A type that the token may not read comes
 * with an id and nulls. https://learn.microsoft.com/graph/api/group-list-members
 */
function showMember(
  { graph, settings }: GraphCall,
  { memberId, kind }: Candidate,
  { version, selection, isCast }: Showing,
): Item | undefined {
  if (kind === 'servicePrincipal') return undefined;
  const type = { '@odata.type': `#microsoft.graph.${kind}` };
  if (kind === 'device') return { ...type, id: memberId, displayName: null };
  const objects = kind === 'user' ? graph.tenant.users : graph.tenant.groups;
  const properties = readLive(objects.get(memberId), version);
  if (properties === undefined) return undefined;
  const item = showObject(kind, { id: memberId, properties }, selection);
  const isReadable = kind === 'group' || holdsPermission(settings, readUsers);
  if (!isReadable) return { ...type, ...blankObject(item) };
  return isCast ? item : { ...type, ...item };
}
