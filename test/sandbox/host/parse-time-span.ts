/**
 * Milliseconds of a .NET time span as host.json writes it: `hh:mm:ss`, `d.hh:mm:ss`, with up to seven decimals of a second, or `hh:mm`.
 * Undefined where the text is none. A bare number would be days for .NET, which nobody means: refused too.
 */
export function parseTimeSpan(text: string): number | undefined {
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/.exec(
    text.trim(),
  );
  if (match === null) return undefined;
  const [, days = '0', hours = '', minutes = '', seconds = '0', fraction = '0'] = match;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return whole * 1000 + Math.floor(Number(`0.${fraction}`) * 1000);
}
