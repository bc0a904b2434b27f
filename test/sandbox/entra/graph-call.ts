import type { JsonValue } from '../../../shared/model/source.ts';
import type { EmulatorClock } from '../wire/emulator-parts.ts';
import type { SeededRandom } from '../wire/random.ts';
import type { WireRequest, WireResult } from '../wire/types.ts';
import type { EntraSettings } from './entra-settings.ts';
import { refusePermission } from './graph-refusal.ts';
import type { GraphRequest } from './graph-request.ts';
import type { LinkTokens } from './link-tokens.ts';
import type { Tenant } from './tenant.ts';
import type { Cost } from './throttle.ts';
import type { UnitReader } from './unit-cache.ts';
import type { Area, Visibility } from './visibility.ts';

/** What the routes work with. */
export interface Graph {
  readonly tenant: Tenant;
  readonly clock: EmulatorClock;
  readonly random: SeededRandom;
  readonly tokens: LinkTokens;
  readonly visibility: Visibility;
  readonly readUnits: UnitReader;
}

/** One request to a route. */
export interface GraphCall {
  readonly graph: Graph;
  readonly settings: EntraSettings;
  readonly request: GraphRequest;
  /** The values in the braces of the route's pattern, in order; ids in lower case. */
  readonly params: readonly string[];
  readonly specials: ReadonlySet<string>;
  /** The newest version that the replica which answers shows there. */
  readVersion(area: Area): number;
  /** Handles a part of a batch; `url` is absolute on this emulator. */
  handlePart(request: WireRequest): WireResult;
}

export type Item = { readonly [name: string]: JsonValue };

export interface GraphAnswer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body: Item;
}

export interface GraphRoute {
  readonly method: 'GET' | 'POST';
  /** The path, with `{…}` for one value each; also its name in the log. */
  readonly pattern: string;
  /** Lists of permissions: one of each list has to be there. */
  readonly permissions: readonly (readonly string[])[];
  readonly cost: Cost;
  answer(call: GraphCall): GraphAnswer;
}

/** Whether the token holds one of these permissions. */
export function holdsPermission(
  settings: Pick<EntraSettings, 'permissions'>,
  names: readonly string[],
): boolean {
  return names.some((name) => settings.permissions.includes(name));
}

/** Throws the 403 of Graph where the token holds none of them. */
export function requirePermission(call: GraphCall, names: readonly string[]): void {
  if (!holdsPermission(call.settings, names)) throw refusePermission();
}

export const readUsers = ['User.Read.All', 'Directory.Read.All'] as const;
export const readMembers = [
  'GroupMember.Read.All',
  'Group.Read.All',
  'Directory.Read.All',
] as const;
export const readApplications = ['Application.Read.All', 'Directory.Read.All'] as const;
export const readHiddenMembers = ['Member.Read.Hidden'] as const;
export const readDirectory = ['Directory.Read.All'] as const;
