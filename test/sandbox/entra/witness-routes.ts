import { z } from 'zod';

import {
  holdsPermission,
  readHiddenMembers,
  readMembers,
  readUsers,
  type GraphAnswer,
  type GraphCall,
  type GraphRoute,
} from './graph-call.ts';
import { refuseMissing } from './graph-refusal.ts';
import { requireKnownOptions } from './graph-request.ts';
import { requireGuid } from './id-filter.ts';
import { parseBody } from './json-body.ts';
import { isPresentAt, readLive, type Tenant } from './tenant.ts';

/** Whether one person is in some groups, asked about this very person. */
export const witnessRoutes: readonly GraphRoute[] = [
  {
    method: 'POST',
    pattern: '/users/{id}/checkMemberGroups',
    permissions: [readUsers, readMembers],
    cost: { units: 1, writes: 1 },
    answer: answerCheck,
  },
];

const body = z.object({ groupIds: z.array(z.string()).max(20) });

/** Transitive; unknown groups are left out, an unknown or soft-deleted person is 404. */
function answerCheck(call: GraphCall): GraphAnswer {
  const { graph, request, settings } = call;
  requireKnownOptions(request, []);
  const [id = ''] = call.params;
  requireGuid(id);
  const { groupIds } = parseBody(call, body);
  for (const groupId of groupIds) requireGuid(groupId);
  const version = call.readVersion('checkMemberGroups');
  if (readLive(graph.tenant.users.get(id), version) === undefined) throw refuseMissing(id);
  const memberOf = readTransitiveGroups(graph.tenant, id, version);
  const namesHidden =
    settings.checkMemberGroupsNamesHidden || holdsPermission(settings, readHiddenMembers);
  const isNamed = (groupId: string) => namesHidden || !isHidden(graph.tenant, groupId, version);
  const asked = new Set(groupIds.map((groupId) => groupId.toLowerCase()));
  const found = [...asked].filter((groupId) => memberOf.has(groupId) && isNamed(groupId));
  const value = settings.shuffle ? graph.random.shuffle(found) : found;
  return {
    status: 200,
    body: {
      '@odata.context': `${request.base}/$metadata#Collection(Edm.String)`,
      value: call.specials.has('emptyPage') ? [] : value,
    },
  };
}

function isHidden(tenant: Tenant, groupId: string, version: number): boolean {
  return readLive(tenant.groups.get(groupId), version)?.['visibility'] === 'HiddenMembership';
}

function readTransitiveGroups(
  tenant: Tenant,
  userId: string,
  version: number,
): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [userId];
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    for (const groupId of tenant.groupsByMember.get(id) ?? []) {
      const group = tenant.groups.get(groupId);
      const toggles = group?.edgeByMember.get(id)?.toggles ?? [];
      const isMember = isPresentAt(toggles, version) && readLive(group, version) !== undefined;
      if (!isMember || found.has(groupId)) continue;
      found.add(groupId);
      waiting.push(groupId);
    }
  }
  return found;
}
