import { z } from 'zod';

import {
  holdsPermission,
  readDirectory,
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
import { parseIdFilter, requireGuid } from './id-filter.ts';
import { parseBody } from './json-body.ts';
import { answerList } from './list-page.ts';
import { blankObject, parseSelect, showObject, type Selection } from './selection.ts';
import { readLive } from './tenant.ts';

type Kind = 'user' | 'group';

/** Users and groups by id, one, some or all. */
export const objectRoutes: readonly GraphRoute[] = [
  {
    method: 'GET',
    pattern: '/users',
    permissions: [readUsers],
    cost: { units: 2, writes: 0 },
    answer: (call) => answerCollection(call, 'user'),
  },
  {
    method: 'GET',
    pattern: '/groups',
    permissions: [readMembers],
    cost: { units: 1, writes: 0 },
    answer: (call) => answerCollection(call, 'group'),
  },
  {
    method: 'GET',
    pattern: '/users/{id}',
    permissions: [readUsers],
    cost: { units: 2, writes: 0 },
    answer: (call) => answerObject(call, 'user'),
  },
  {
    method: 'GET',
    pattern: '/groups/{id}',
    permissions: [readMembers],
    cost: { units: 1, writes: 0 },
    answer: (call) => answerObject(call, 'group'),
  },
  {
    method: 'POST',
    pattern: '/directoryObjects/getByIds',
    permissions: [],
    cost: { units: 5, writes: 0 },
    answer: answerByIds,
  },
];

const maximumIdsInFilter = 15;
/** With an advanced query only the length of the address counts. */
const maximumAddress = 2048;

function answerCollection(call: GraphCall, kind: Kind): GraphAnswer {
  const { request, graph } = call;
  requireKnownOptions(request, ['$select', '$filter', '$top', '$count', '$skiptoken']);
  const selection = readSelection(call, [kind]);
  const filter = request.options.get('$filter');
  const ids = filter === undefined ? undefined : parseFilter(call, filter);
  const objects = kind === 'user' ? graph.tenant.users : graph.tenant.groups;
  const isAdvanced = isAdvancedQuery(request);
  return answerList<string>(call, {
    area: isAdvanced ? 'advanced' : 'directory',
    context: `${kind}s`,
    readCandidates: () => ids ?? [...objects.keys()],
    show: (id, version) => {
      const properties = readLive(objects.get(id), version);
      return properties === undefined ? undefined : showObject(kind, { id, properties }, selection);
    },
  });
}

/** The order of the answer is not that of the question, but stays the same over its pages. */
function parseFilter({ request, settings, graph }: GraphCall, filter: string): readonly string[] {
  const isAdvanced = isAdvancedQuery(request);
  const maximum = isAdvanced ? Infinity : maximumIdsInFilter;
  const ids = parseIdFilter(filter, { form: 'in', maximum });
  if (isAdvanced && `${request.path}?$filter=${filter}`.length > maximumAddress) {
    throw refuseQuery('The request URI is too long.');
  }
  const isPaged = request.options.has('$skiptoken') || request.options.has('$top');
  const unique = [...new Set(ids)];
  return settings.shuffle && !isPaged ? graph.random.shuffle(unique) : unique;
}

function readSelection({ request, settings }: GraphCall, types: readonly Kind[]): Selection {
  const { permissions } = settings;
  return parseSelect(request.options.get('$select'), { types, permissions });
}

function answerObject(call: GraphCall, kind: Kind): GraphAnswer {
  const { request, graph } = call;
  requireKnownOptions(request, ['$select']);
  const [asked = ''] = call.params;
  const version = call.readVersion('directory');
  const id = kind === 'user' ? findUserId(call, asked) : asked;
  requireGuid(id);
  const object = kind === 'user' ? graph.tenant.users.get(id) : graph.tenant.groups.get(id);
  const properties = readLive(object, version);
  if (properties === undefined) throw refuseMissing(asked);
  const item = showObject(kind, { id, properties }, readSelection(call, [kind]));
  const context = { '@odata.context': `${request.base}/$metadata#${kind}s/$entity` };
  const shown = call.specials.has('blankUsers') ? blankObject(item) : item;
  return { status: 200, body: { ...context, ...shown } };
}

/** A user may be asked for by user principal name, too. */
function findUserId({ graph }: GraphCall, asked: string): string {
  if (!asked.includes('@')) return asked;
  for (const [id, user] of graph.tenant.users) {
    const name = readLive(user, Infinity)?.['userPrincipalName'];
    if (typeof name === 'string' && name.toLowerCase() === asked) return id;
  }
  throw refuseMissing(asked);
}

const byIdsBody = z.object({
  ids: z.array(z.string()).max(1000),
  types: z.array(z.enum(['user', 'group', 'device', 'directoryObject'])).optional(),
});

/** Unknown and soft-deleted ids are left out. Without Directory.Read.All refused, or limited to what other permissions cover. */
function answerByIds(call: GraphCall): GraphAnswer {
  const { settings, graph, request } = call;
  requireKnownOptions(request, ['$select']);
  if (settings.getByIdsWithoutDirectoryRead === 'forbidden') requirePermission(call, readDirectory);
  const body = parseBody(call, byIdsBody);
  const types = body.types ?? ['directoryObject'];
  const selection = readSelection(call, ['user', 'group']);
  const ids = [...new Set(body.ids.map((id) => id.toLowerCase()))];
  for (const id of ids) requireGuid(id);
  const items = ids.flatMap((id): readonly Item[] => {
    const kind = graph.tenant.users.has(id) ? 'user' : 'group';
    const isWanted = types.includes(kind) || types.includes('directoryObject');
    return isWanted ? showById(call, kind, { id, selection }) : [];
  });
  return {
    status: 200,
    body: {
      '@odata.context': `${request.base}/$metadata#directoryObjects`,
      value: settings.shuffle ? graph.random.shuffle(items) : items,
    },
  };
}

function showById(
  call: GraphCall,
  kind: Kind,
  { id, selection }: { readonly id: string; readonly selection: Selection },
): readonly Item[] {
  const { graph, settings } = call;
  const object = kind === 'user' ? graph.tenant.users.get(id) : graph.tenant.groups.get(id);
  const properties = readLive(object, call.readVersion('directory'));
  if (properties === undefined) return [];
  const item = {
    '@odata.type': `#microsoft.graph.${kind}`,
    ...showObject(kind, { id, properties }, selection),
  };
  const isReadable = holdsPermission(settings, kind === 'user' ? readUsers : readMembers);
  return [isReadable && !call.specials.has('blankUsers') ? item : blankObject(item)];
}
