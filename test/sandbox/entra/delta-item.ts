import type { JsonValue } from '../../../shared/model/source.ts';
import type { Unit } from './delta-segment.ts';
import type { Segment } from './segment.ts';
import { selectNames } from './selection.ts';
import { isPresentAt, readAt, type Edge, type Properties, type Tenant } from './tenant.ts';

type Item = { readonly [name: string]: JsonValue };

/** How a stream shows one unit: removed, or with its properties by the rules of the mode, and a slice of edges. */
export function showDeltaItem(
  tenant: Tenant,
  unit: Unit,
  segment: Segment,
  isMinimal: boolean,
): Item {
  const { id } = unit;
  const history = tenant[segment.stream].get(id)?.history ?? [];
  const value = readAt(history, segment.to);
  if (value === undefined || value.state === 'hard') return showRemoved(id, 'deleted');
  if (value.state === 'soft') return showRemoved(id, 'changed');
  const kind = segment.stream === 'users' ? 'user' : 'group';
  const names = selectNames(kind, segment.select).filter(
    (name) => !isMinimal || unit.changed === 'all' || unit.changed.has(name),
  );
  const edges = unit.edges.map((edge) => showEdge(edge, segment.to));
  return {
    ...showPresent(value.properties, names),
    id,
    ...(edges.length > 0 ? { 'members@delta': edges } : {}),
  };
}

/** What was never set is absent, what was cleared is null. */
function showPresent(properties: Properties, names: readonly string[]): Item {
  const item: { [name: string]: JsonValue } = {};
  for (const name of names) {
    const value = properties[name];
    if (value !== undefined) item[name] = value;
  }
  return item;
}

function showRemoved(id: string, reason: 'changed' | 'deleted'): Item {
  return { id, '@removed': { reason } };
}

/** A link that went says `deleted`, whatever happened to the member. */
function showEdge({ memberId, kind, toggles }: Edge, version: number): Item {
  const member = { '@odata.type': `#microsoft.graph.${kind}`, id: memberId };
  return isPresentAt(toggles, version) ? member : { ...member, '@removed': { reason: 'deleted' } };
}
