import { z } from 'zod';

const emailPattern = /^['#&A-Za-z0-9._%+-]+@[A-Za-z0-9-][A-Za-z0-9.-]*\.[A-Za-z]{2,15}$/;

/** The pattern of the specification, matched whole; no Unicode, no coded top-level domain. */
export const emailAddress = z.string().max(255).regex(emailPattern);
/** Given name or surname; 50 characters since the specification of May 2026. */
export const namePart = z
  .string()
  .max(50)
  .regex(/^[^/:?*<>"|]*$/);
/** At most 64 characters. */
export const memberExternalId = z.string().max(64);
/** An opaque id of the role catalogue. */
export const roleId = z
  .string()
  .max(128)
  .regex(/^pid_dbtmr:.*$/);
/** Any text but an empty one. */
export const jobId = z.string().min(1);
/** 1 to 1000; 1000 where it is left out. */
export const listLimit = z.int().min(1).max(1000).default(1000);

/** UserSelectorArg, a closed union without void members. */
export const userSelector = z.discriminatedUnion('.tag', [
  z.strictObject({ '.tag': z.literal('team_member_id'), team_member_id: z.string() }),
  z.strictObject({ '.tag': z.literal('external_id'), external_id: memberExternalId }),
  z.strictObject({ '.tag': z.literal('email'), email: emailAddress }),
]);

export type UserSelector = z.infer<typeof userSelector>;

/** GroupSelector, closed as well. */
export const groupSelector = z.discriminatedUnion('.tag', [
  z.strictObject({ '.tag': z.literal('group_id'), group_id: z.string() }),
  z.strictObject({ '.tag': z.literal('group_external_id'), group_external_id: z.string() }),
]);

export type GroupSelector = z.infer<typeof groupSelector>;

/** A closed union of void members: `{".tag":"x"}` or just `"x"`. Anything else is refused. */
export function voidUnion<const T extends readonly [string, ...string[]]>(tags: T) {
  return z.preprocess(expandTag, z.strictObject({ '.tag': z.enum(tags) }));
}

/** An open union of void members: a tag that the service does not know is let through. */
export const openVoidUnion = z.preprocess(expandTag, z.object({ '.tag': z.string() }));

function expandTag(value: unknown): unknown {
  return typeof value === 'string' ? { '.tag': value } : value;
}

/** What the selector asks for, as answers repeat it. */
export function readSelectorValue(selector: UserSelector | GroupSelector): string {
  switch (selector['.tag']) {
    case 'team_member_id':
      return selector.team_member_id;
    case 'external_id':
      return selector.external_id;
    case 'email':
      return selector.email;
    case 'group_id':
      return selector.group_id;
    case 'group_external_id':
      return selector.group_external_id;
  }
}
