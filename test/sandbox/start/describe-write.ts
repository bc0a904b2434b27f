import { z } from 'zod';
import type { Write } from './control-client.ts';

const additions = z.object({ members: z.array(z.unknown()) });
const shownNames = 3;

/** What a write did to the team, in a line for somebody who watches a change follow. */
export function describeWrite({ route, argument, result }: Write): string {
  const names = result.changed.map(({ email, name, id }) => email ?? name ?? id);
  const more = names.length > shownNames ? ` and ${names.length - shownNames} more` : '';
  const who = names.slice(0, shownNames).join(', ') + more;
  const action = route.replace(/^\/2\/team\//, '');
  switch (action) {
    case 'members/add_v2':
      return `invited ${who === '' ? 'people, by a job that Dropbox does later' : who}`;
    case 'members/set_profile_v2':
      return `updated ${who}`;
    case 'groups/create':
      return `created the group ${who}`;
    case 'groups/update':
      return `updated the group ${who}`;
    case 'groups/members/add':
      return `added ${additions.safeParse(argument).data?.members.length ?? 0} to ${who}`;
    default:
      return `${action} ${who}`;
  }
}
