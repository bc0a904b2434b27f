import { z } from 'zod';
import type { TeamInfo, TeamReader } from '../model/ports.ts';
import { defineRoute, requireDone, type CallRoute } from './route.ts';

/** The answer of `team/get_info`. */
export const teamInfoSchema = z
  .object({
    team_id: z.string().min(1),
    name: z.string(),
    num_licensed_users: z.number(),
    num_provisioned_users: z.number(),
  })
  .transform((info): TeamInfo => ({
    teamId: info.team_id,
    name: info.name,
    licences: info.num_licensed_users,
    provisioned: info.num_provisioned_users,
  }));

const getTeam = defineRoute('team/get_info', 'read', teamInfoSchema);

/** The team itself: its id, and how many licences it has and uses. */
export function createTeamInfoRoute(call: CallRoute): Pick<TeamReader, 'readTeam'> {
  return {
    async readTeam() {
      return requireDone(getTeam, await call(getTeam, null));
    },
  };
}
