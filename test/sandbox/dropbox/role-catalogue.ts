/** The built-in roles of a Dropbox team. Their ids are opaque and made up here; real display names differ from team to team. */
export const roleCatalogue = [
  role('a1', 'Team', 'Manages everything about the team.'),
  role('b2', 'User management', 'Manages people and groups.'),
  role('c3', 'Support', 'Helps people with their accounts.'),
  role('d4', 'Billing', 'Manages licences and payment.'),
  role('e5', 'Content', 'Manages the content of the team.'),
  role('f6', 'Compliance', 'Manages retention and legal holds.'),
  role('g7', 'Reporting', 'Reads reports and activity.'),
  role('h8', 'Security', 'Manages security settings.'),
] as const;

export interface Role {
  readonly role_id: string;
  readonly name: string;
  readonly description: string;
}

/** The role that makes a team admin; the last active one of them cannot be suspended, removed or demoted. */
export const teamAdminRoleId = roleCatalogue[0].role_id;

/** Undefined for an id that is not in the catalogue. */
export function findRole(roleId: string): Role | undefined {
  return roleCatalogue.find((candidate) => candidate.role_id === roleId);
}

function role(key: string, name: string, description: string): Role {
  return { role_id: `pid_dbtmr:AAAAAMfzr0sandbox${key}QWqYx7Zp`, name, description };
}
