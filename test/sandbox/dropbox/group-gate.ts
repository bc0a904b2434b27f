import type { DropboxSettings } from './settings.ts';

/** Lets one write per group through in the time that the settings give; refused writes do not prolong it. */
export function createGroupGate(
  now: () => number,
  settings: () => DropboxSettings,
): (groupId: string) => boolean {
  const freeAt = new Map<string, number>();
  return (groupId) => {
    const { groupWriteGapMs } = settings();
    if (groupWriteGapMs === 0) return false;
    if (now() < (freeAt.get(groupId) ?? 0)) return true;
    freeAt.set(groupId, now() + groupWriteGapMs);
    return false;
  };
}
