import { groupRefusals } from './group-refusals.ts';
import { guardCodes } from './guard-codes.ts';
import { memberRefusals } from './member-refusals.ts';
import { reasonCodes } from './reason-codes.ts';
import { stopCodes } from './stop-codes.ts';

/** A code that stands in rows and logs. It never changes its meaning. */
export interface ErrorCode {
  /** What it says: a sentence. */
  readonly meaning: string;
  /** What an administrator does: one or two sentences. */
  readonly advice: string;
}

/** Every code that the app writes, by family: ours in camel case, Dropbox's own with underscores. */
export const errorCodes: ReadonlyMap<string, ErrorCode> = new Map(
  [reasonCodes, guardCodes, stopCodes, memberRefusals, groupRefusals].flatMap((family) =>
    Object.entries<ErrorCode>(family),
  ),
);

/** Meaning and advice in one text. Of a tag within a tag (`outer/inner`) the outer one counts where the whole is not known. */
export function describeCode(code: string): string | undefined {
  const [outer = ''] = code.split('/');
  const known = errorCodes.get(code) ?? errorCodes.get(outer);
  return known === undefined ? undefined : `${known.meaning} ${known.advice}`;
}
