import { z } from 'zod';
import type { Refusal } from '../model/target.ts';

const taggedSchema = z.looseObject({ '.tag': z.string().min(1) });
const errorBodySchema = z.object({ error: taggedSchema });

type Tagged = z.infer<typeof taggedSchema>;

/** Tags by which Dropbox names somebody rather than a reason. */
const selectorTags: readonly string[] = [
  'team_member_id',
  'external_id',
  'email',
  'group_id',
  'group_external_id',
];

/**
 * The refusal that the parsed body of a 409 stands for; undefined where it has no tag. A list or a string under the tag's own name are
 * the offenders. A selector there is one offender (`invalid_user` with the member meant), any other nested tag is joined to the outer
 * one with a slash, as Dropbox's `error_summary` does.
 */
export function toRefusal(body: unknown): Refusal | undefined {
  const parsed = errorBodySchema.safeParse(body);
  return parsed.success ? flattenTag(parsed.data.error) : undefined;
}

function flattenTag(error: Tagged): Refusal {
  const tag = error['.tag'];
  const value = error[tag];
  const nested = taggedSchema.safeParse(value);
  if (!nested.success) return withOffenders(tag, readStrings(value));
  const nestedTag = nested.data['.tag'];
  if (selectorTags.includes(nestedTag)) {
    return withOffenders(tag, readStrings(nested.data[nestedTag]));
  }
  const inner = flattenTag(nested.data);
  return withOffenders(`${tag}/${inner.tag}`, inner.offenders ?? []);
}

function withOffenders(tag: string, offenders: readonly string[]): Refusal {
  return offenders.length === 0 ? { tag } : { tag, offenders };
}

function readStrings(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item) => typeof item === 'string');
}
