import type { DropboxState } from './call.ts';
import type { DropboxSettings } from './settings.ts';

/** Makes sure that the refresh token of the settings works: as if the first admin had connected the app before anything began. */
export function ensureSandboxGrant(
  { grants, team }: DropboxState,
  settings: DropboxSettings,
): void {
  if (grants.readGrant(settings.refreshToken) !== undefined) return;
  grants.putGrant({
    refreshToken: settings.refreshToken,
    scopes: settings.scopes,
    adminId: team.members.readAdmins()[0]?.memberId,
    isRevoked: false,
    isOffline: true,
    usedVerifier: false,
  });
}

/** After another team was loaded: its first admin stands for whoever connected the app, and the sandbox's own grant is as new. */
export function renewGrants({ grants, team }: DropboxState, settings: DropboxSettings): void {
  const adminId = team.members.readAdmins()[0]?.memberId;
  for (const grant of grants.readGrants()) {
    const isSandbox = grant.refreshToken === settings.refreshToken;
    grants.putGrant({
      ...grant,
      adminId,
      ...(isSandbox ? { isRevoked: false, scopes: settings.scopes } : {}),
    });
  }
}
