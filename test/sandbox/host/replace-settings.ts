import type { Settings } from './host-config.ts';

/** Replaces `%NAME%` by the setting of that name, without regard to case; throws where there is none, as the real host refuses the function. */
export function replaceSettings(text: string, settings: Settings): string {
  return text.replace(/%([^%]+)%/g, (whole, name: string) => {
    const value = readSetting(settings, name);
    if (value === undefined) throw new Error(`${whole} does not resolve to a value: set ${name}`);
    return value;
  });
}

/** A setting by its name in any case; empty counts as set. */
export function readSetting(settings: Settings, name: string): string | undefined {
  const exact = settings[name];
  if (exact !== undefined) return exact;
  const key = Object.keys(settings).find((other) => other.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : settings[key];
}
