const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Milliseconds since 1970 as `2026-03-02 08:12`, in UTC. */
export function describeTime(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

/** A time to wait in its two largest units: `6 d 23 h`, `3 h 12 min`, `12 min`. */
export function describeSpan(ms: number): string {
  if (ms < minuteMs) return 'less than a minute';
  const days = Math.floor(ms / dayMs);
  const hours = Math.floor((ms % dayMs) / hourMs);
  const minutes = Math.floor((ms % hourMs) / minuteMs);
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`;
}
