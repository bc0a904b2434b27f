import { createHash } from 'node:crypto';

/** A row key for a text that may hold anything: 40 hexadecimal digits, the same for the same text. */
export function textKey(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 40);
}
