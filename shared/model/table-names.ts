/** Every table of the app, by its name without a prefix. */
export const tableNames = [
  'Watermarks',
  'Assignments',
  'Users',
  'Groups',
  'Memberships',
  'Members',
  'Schedule',
  'Decisions',
  'Cycles',
  'Job',
  'ProvisioningLogs',
] as const;
