/** A timer's schedule. All times are milliseconds since 1970, all fields UTC. */
export interface Ncrontab {
  /** The first occurrence after that moment, not at it. */
  next(after: number): number;
  /** More than one occurrence a minute: the host then keeps no schedule status. */
  readonly isSubMinute: boolean;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const months =
  'january february march april may june july august september october november december';
const days = 'sunday monday tuesday wednesday thursday friday saturday';
const fields: readonly Field[] = [
  { name: 'second', min: 0, max: 59 },
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: months.split(' ') },
  { name: 'day of week', min: 0, max: 6, names: days.split(' ') },
];

/** Longer than the longest gap there is: 29 February on a given weekday comes every 28 years, 40 around 2100. */
const horizonYears = 41;

/**
 * Reads `{second} {minute} {hour} {day} {month} {day of week}`, or the last five with second 0. Day and day of week must both match.
 * Throws with the field and the reason; also for `hh:mm:ss`, which only Dedicated plans take, and for what never occurs.
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
 */
export function parseNcrontab(text: string): Ncrontab {
  const parts = text.trim().split(/\s+/);
  if (/^[\d.]+:\d+:\d+/.test(text.trim())) {
    throw new Error(
      `cannot read schedule "${text}": a time span works on Dedicated plans only, use six fields`,
    );
  }
  if (parts.length !== 5 && parts.length !== 6) {
    throw new Error(
      `cannot read schedule "${text}": it has ${parts.length} fields, not five or six`,
    );
  }
  const allowed = fields.map((field, index) =>
    parseField(field, (parts.length === 5 ? ['0', ...parts] : parts)[index] ?? '', text),
  );
  const schedule: Ncrontab = {
    next: (after) => findNext(allowed, after, text),
    isSubMinute: (allowed[0]?.size ?? 0) > 1,
  };
  schedule.next(Date.UTC(2026, 0, 1));
  return schedule;
}

function parseField(field: Field, text: string, schedule: string): ReadonlySet<number> {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const [range = '', step, extra] = item.split('/');
    const every = step === undefined ? 1 : Number(step);
    if (extra !== undefined || (step !== undefined && !/^[1-9]\d*$/.test(step))) {
      throw wrong(field, item, schedule, 'a step is a whole number above 0');
    }
    const [first, last] = parseRange(field, range, step !== undefined, schedule);
    for (let value = first; value <= last; value += every) values.add(value);
  }
  return values;
}

function parseRange(
  field: Field,
  text: string,
  hasStep: boolean,
  schedule: string,
): readonly [number, number] {
  if (text === '*') return [field.min, field.max];
  const [from = '', to, extra] = text.split('-');
  if (extra !== undefined) throw wrong(field, text, schedule, 'a range has two ends');
  const first = parseValue(field, from, schedule);
  // "5/10" runs from 5 to the end of the field.
  const last = to === undefined ? (hasStep ? field.max : first) : parseValue(field, to, schedule);
  if (last < first) throw wrong(field, text, schedule, 'the range runs backwards');
  return [first, last];
}

function parseValue(field: Field, text: string, schedule: string): number {
  const word = text.toLowerCase();
  const named =
    word.length < 3 ? -1 : (field.names ?? []).findIndex((name) => name.startsWith(word));
  const value = named >= 0 ? named + field.min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= field.min && value <= field.max) return value;
  throw wrong(field, text, schedule, `it must lie in ${field.min}-${field.max}`);
}

function wrong(field: Field, text: string, schedule: string, reason: string): Error {
  return new Error(`cannot read schedule "${schedule}": ${field.name} "${text}": ${reason}`);
}

function findNext(
  allowed: readonly ReadonlySet<number>[],
  after: number,
  schedule: string,
): number {
  const has = (index: number, value: number): boolean => allowed[index]?.has(value) === true;
  const at = new Date((Math.floor(after / 1000) + 1) * 1000);
  const limit = at.getUTCFullYear() + horizonYears;
  while (at.getUTCFullYear() <= limit) {
    if (!has(4, at.getUTCMonth() + 1)) {
      at.setUTCMonth(at.getUTCMonth() + 1, 1);
      at.setUTCHours(0, 0, 0);
    } else if (!has(3, at.getUTCDate()) || !has(5, at.getUTCDay())) {
      at.setUTCDate(at.getUTCDate() + 1);
      at.setUTCHours(0, 0, 0);
    } else if (!has(2, at.getUTCHours())) at.setUTCHours(at.getUTCHours() + 1, 0, 0);
    else if (!has(1, at.getUTCMinutes())) at.setUTCMinutes(at.getUTCMinutes() + 1, 0);
    else if (!has(0, at.getUTCSeconds())) at.setUTCSeconds(at.getUTCSeconds() + 1);
    else return at.getTime();
  }
  throw new Error(`cannot read schedule "${schedule}": it never occurs`);
}
