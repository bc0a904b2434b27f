import { z } from 'zod';

import { openVoidUnion } from './argument.ts';
import {
  answer,
  endpoint,
  refuse,
  voidEndpoint,
  type AuthorizedCall,
  type Endpoint,
  type Outcome,
} from './call.ts';
import { teamAdminRoleId } from './role-catalogue.ts';
import { toTeamProfile, type Tagged } from './to-wire.ts';

/** What Dropbox says about the team as a whole and about who connected the app. */
export const teamInfo: { readonly [route: string]: Endpoint } = {
  '/2/team/get_info': voidEndpoint('team_info.read', getInfo),
  '/2/team/features/get_values': endpoint(
    'team_info.read',
    z.strictObject({ features: z.array(openVoidUnion) }),
    (call, { features }) =>
      features.length === 0
        ? refuse('empty_features_list')
        : answer({ values: features.map((feature) => call.openTag(toValue(feature['.tag']))) }),
  ),
  '/2/team/token/get_authenticated_admin': voidEndpoint('team_info.read', getAdmin),
  '/2/auth/token/revoke': voidEndpoint(undefined, revoke),
};

function getInfo(call: AuthorizedCall): Outcome {
  const { team, settings } = call;
  const { id, name, licences } = team.readFacts();
  const counts = { active: 0, invited: 0, suspended: 0, removed: 0 };
  for (const { status } of team.members.readAll()) counts[status] += 1;
  const { active, invited, suspended } = counts;
  return answer({
    name,
    team_id: id,
    num_licensed_users: licences,
    num_provisioned_users: active + invited + (settings.suspendedIsProvisioned ? suspended : 0),
    num_used_licenses: active + suspended + (settings.invitedUsesLicence ? invited : 0),
    policies,
  });
}

const policies = {
  sharing: {
    shared_folder_member_policy: { '.tag': 'anyone' },
    shared_folder_join_policy: { '.tag': 'from_anyone' },
    shared_link_create_policy: { '.tag': 'default_public' },
    group_creation_policy: { '.tag': 'admins_only' },
    shared_folder_link_restriction_policy: { '.tag': 'anyone' },
    enforce_link_password_policy: { '.tag': 'optional' },
    default_link_expiration_days_policy: { '.tag': 'none' },
    shared_link_default_permissions_policy: { '.tag': 'default' },
  },
  emm_state: { '.tag': 'disabled' },
  office_addin: { '.tag': 'enabled' },
  suggest_members_policy: { '.tag': 'disabled' },
  top_level_content_policy: { '.tag': 'admin_only' },
} as const;

const featureValues: { readonly [feature: string]: Tagged } = {
  upload_api_rate_limit: { '.tag': 'limit', limit: 1_000_000_000 },
  has_team_shared_dropbox: { '.tag': 'has_team_shared_dropbox', has_team_shared_dropbox: false },
  has_team_file_events: { '.tag': 'enabled', enabled: true },
  has_team_selective_sync: { '.tag': 'has_team_selective_sync', has_team_selective_sync: true },
  has_distinct_member_homes: {
    '.tag': 'has_distinct_member_homes',
    has_distinct_member_homes: false,
  },
};

function toValue(feature: string): Tagged {
  const value = featureValues[feature];
  return value === undefined ? { '.tag': 'other' } : { '.tag': feature, [feature]: value };
}

function getAdmin(call: AuthorizedCall): Outcome {
  const admin = call.team.members.readById(call.grant.adminId ?? '');
  if (admin === undefined) return refuse('mapping_not_found');
  const isActiveAdmin = admin.status === 'active' && admin.roleId === teamAdminRoleId;
  return isActiveAdmin
    ? answer({ admin_profile: toTeamProfile(call, admin) })
    : refuse('admin_not_active');
}

/** Ends the token, its refresh token and all other tokens of that one, where a team token may do so at all. */
function revoke(call: AuthorizedCall): Outcome {
  if (!call.settings.teamTokenMayRevoke) {
    return {
      kind: 'badRequest',
      text: 'The OAuth 2 access token you provided is for a team, but this function can only be called by a user.',
    };
  }
  call.grants.putGrant({ ...call.grant, isRevoked: true });
  return { kind: 'result', value: null, changed: [] };
}
