/**
 * Reads the value of a `Retry-After` header: whole seconds, fractional seconds (Graph) or an HTTP date in any of its three forms.
 * Returns milliseconds from `nowMs`, rounded up so that nobody comes back too soon, and 0 for a date that has passed; undefined where
 * the header is absent or is none of these. Public source: RFC 9110, 10.2.3 and 5.6.7.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  return parseSeconds(text) ?? parseHttpDate(text, nowMs);
}

/** By digits, because a fraction like 2.128 times 1,000 is not exact in floating point. */
function parseSeconds(text: string): number | undefined {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return undefined;
  const fraction = match[2] ?? '';
  const wholeMs = Number(match[1]) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
  return /[1-9]/.test(fraction.slice(3)) ? wholeMs + 1 : wholeMs;
}

function parseHttpDate(text: string, nowMs: number): number | undefined {
  // Date.parse takes almost anything for a date ("-5" is one), so the shape is checked first.
  if (!/^[A-Z][a-z]{2,8},? .*\d\d:\d\d:\d\d/.test(text)) return undefined;
  // The asctime form has no zone and means UTC, which Date.parse would read as local time.
  const atMs = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(atMs) ? undefined : Math.max(0, Math.ceil(atMs - nowMs));
}
