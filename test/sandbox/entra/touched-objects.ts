import type { Segment } from './segment.ts';
import type { EntraSettings } from './entra-settings.ts';
import { untrackedProperties } from './property-names.ts';
import { selectNames, type Selection } from './selection.ts';
import {
  isPresentAt,
  readAt,
  readState,
  type Edge,
  type GroupObject,
  type LogSubject,
  type Tenant,
  type UserObject,
} from './tenant.ts';

/** What of an object a segment has to tell. */
export interface Touched {
  changed: Set<string> | 'all';
  readonly edges: Set<Edge>;
}

/** The objects that a segment is about: all there are, or those with a change that the stream watches. */
export function touchObjects(
  tenant: Tenant,
  segment: Segment,
  settings: EntraSettings,
): ReadonlyMap<string, Touched> {
  return segment.from === null
    ? touchAll(tenant, segment, settings)
    : touchChanged(tenant, segment, segment.from, settings);
}

function touchAll(
  tenant: Tenant,
  { stream, select, ids, to }: Segment,
  settings: EntraSettings,
): ReadonlyMap<string, Touched> {
  const touched = new Map<string, Touched>();
  const objects: ReadonlyMap<string, UserObject | GroupObject> = tenant[stream];
  for (const id of ids ?? objects.keys()) {
    const state = readState(objects.get(id), to);
    if (state === undefined || (state !== 'live' && !settings.initialRemovedItems)) continue;
    const edges = readWatchedEdges(tenant, id, { to, select });
    touched.set(id, {
      changed: 'all',
      edges: new Set(edges.filter((edge) => isListedAtFirst(tenant, edge, to, settings))),
    });
  }
  return touched;
}

/** Which edges an initial round tells: those that are there, and some that are not any more. */
function isListedAtFirst(
  tenant: Tenant,
  { memberId, kind, toggles }: Edge,
  version: number,
  settings: EntraSettings,
): boolean {
  if ((toggles[0] ?? Infinity) > version) return false;
  if (!isPresentAt(toggles, version)) return settings.initialRemovedEdges;
  const user = kind === 'user' ? tenant.users.get(memberId) : undefined;
  const isSoftDeleted = user !== undefined && readAt(user.history, version)?.state === 'soft';
  return !isSoftDeleted || settings.initialEdgesOfSoftDeleted;
}

function touchChanged(
  tenant: Tenant,
  { stream, select, ids, to }: Segment,
  from: number,
  settings: EntraSettings,
): ReadonlyMap<string, Touched> {
  const kind = stream === 'users' ? 'user' : 'group';
  const tracked = new Set(
    selectNames(kind, select).filter((name) => name !== 'id' && !untrackedProperties.has(name)),
  );
  const touched = new Map<string, Touched>();
  for (let version = from; version < to; version += 1) {
    const subject = readSubject(tenant, version);
    if (subject?.of !== kind || ids?.includes(subject.id) === false) continue;
    const entry = touched.get(subject.id) ?? createTouched();
    const isNews = touchOne(tenant, subject, entry, { tracked, to, select, settings });
    if (isNews) touched.set(subject.id, entry);
  }
  return touched;
}

type ObjectSubject = Exclude<LogSubject, { readonly kind: 'other' }>;

function readSubject(tenant: Tenant, version: number): ObjectSubject | undefined {
  const subject = tenant.log[version]?.subject;
  return subject?.kind === 'other' ? undefined : subject;
}

function createTouched(): Touched {
  return { changed: new Set(), edges: new Set() };
}

interface Touching {
  readonly tracked: ReadonlySet<string>;
  readonly to: number;
  readonly select: Selection;
  readonly settings: EntraSettings;
}

/** Notes what a change did to the object; false where the stream does not watch such a change. */
function touchOne(
  tenant: Tenant,
  subject: ObjectSubject,
  entry: Touched,
  touching: Touching,
): boolean {
  switch (subject.kind) {
    case 'object': {
      entry.changed = 'all';
      const edges = readWatchedEdges(tenant, subject.id, touching);
      for (const edge of edges) if (isPresentAt(edge.toggles, touching.to)) entry.edges.add(edge);
      return true;
    }
    case 'properties':
      return touchProperties(tenant, subject, entry, touching);
    case 'edge':
      return touchEdge(tenant, subject, entry, touching);
    default:
      return false;
  }
}

function touchProperties(
  tenant: Tenant,
  subject: Extract<LogSubject, { readonly kind: 'properties' }>,
  entry: Touched,
  { to, tracked }: Touching,
): boolean {
  const names = widenExtensions(tenant, subject, to).filter((name) => tracked.has(name));
  const { changed } = entry;
  if (changed !== 'all') for (const name of names) changed.add(name);
  return names.length > 0;
}

function touchEdge(
  tenant: Tenant,
  subject: Extract<LogSubject, { readonly kind: 'edge' }>,
  entry: Touched,
  { select, settings }: Touching,
): boolean {
  const edge = tenant.groups.get(subject.id)?.edgeByMember.get(subject.memberId);
  const isSilent = subject.isPurge && !settings.purgeShowsInGroupsDelta;
  if (edge === undefined || isSilent || !watchesMembers(select)) return false;
  entry.edges.add(edge);
  return true;
}

/** All edges that a group ever had; none where it is deleted, or where the stream does not watch members. */
function readWatchedEdges(
  tenant: Tenant,
  id: string,
  { to, select }: Pick<Touching, 'to' | 'select'>,
): readonly Edge[] {
  const group = tenant.groups.get(id);
  const isTold = group !== undefined && watchesMembers(select) && readState(group, to) === 'live';
  return isTold ? group.edges : [];
}

/** A change of one directory extension property tells all of the same type. */
function widenExtensions(
  tenant: Tenant,
  { of, id, names }: Extract<LogSubject, { readonly kind: 'properties' }>,
  version: number,
): readonly string[] {
  if (of !== 'user' || !names.some((name) => name.startsWith('extension_'))) return names;
  const properties = readAt(tenant.users.get(id)?.history ?? [], version)?.properties ?? {};
  const types = new Set(
    names.filter((name) => name.startsWith('extension_')).map((name) => typeof properties[name]),
  );
  const alike = Object.keys(properties).filter(
    (name) => name.startsWith('extension_') && types.has(typeof properties[name]),
  );
  return [...names, ...alike];
}

/** Without `$select` the members are there; with one they have to be named. */
function watchesMembers(select: Selection): boolean {
  return select === null || select.includes('members');
}
