import { z } from 'zod';
import type { Write } from './control-client.ts';

const edges = z.object({ members: z.array(z.unknown()) });

/** One line per thing that a write did to the team, for somebody who watches a change follow. */
export function describeWrite({ route, argument, result }: Write): readonly string[] {
  const names = result.changed.map(({ email, name, id }) => email ?? name ?? id);
  const who =
    names.length > 3
      ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
      : names.join(', ');
  const action = route.split('/').slice(3).join('/');
  switch (action) {
    case 'members/add_v2':
      return [`invited ${who === '' ? 'people, by a job that Dropbox does later' : who}`];
    case 'members/set_profile_v2':
      return [`updated ${who}`];
    case 'groups/create':
      return [`created the group ${who}`];
    case 'groups/update':
      return [`updated the group ${who}`];
    case 'groups/members/add': {
      const count = edges.safeParse(argument).data?.members.length ?? 0;
      return [`added ${count} to ${who}`];
    }
    default:
      return [`${route} ${who}`];
  }
}
