import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Longest time that makes sense for any wait in this file: a year. */
const days = z.number().min(0).max(365);

const leaverPolicy = z.enum(['suspend', 'suspendThenRemove', 'remove', 'nothing']);

/** A display name would protect nobody, and nobody would notice. */
const personName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^([^\s@]+@[^\s@]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/, {
    message: 'must be an e-mail address, a userPrincipalName or an Entra object id',
  });

/** `provisioning.json`: what should happen. Everything is optional; the defaults take away little and late. */
const provisioningSchema = z
  .strictObject({
    $schema: z.string().optional(),
    scope: z.enum(['assigned']).default('assigned'),
    leaving: z
      .strictObject({
        /** Sign-in is blocked in Entra. */
        blocked: z.enum(['suspend', 'nothing']).default('suspend'),
        /** Neither assigned any more, nor in a group that is. `nothing`: what Entra calls skipping out-of-scope deletions. */
        outOfScope: leaverPolicy.default('suspendThenRemove'),
        /** Deleted in Entra, and restorable there for 30 days. */
        softDeleted: leaverPolicy.default('suspendThenRemove'),
        /** Deleted in Entra for good. */
        hardDeleted: z.enum(['remove', 'suspend', 'nothing']).default('remove'),
        /** What becomes of the Dropbox group when the Entra group is unassigned or deleted; the members we added are taken out in any case. */
        group: z.enum(['keep', 'delete']).default('keep'),
        /** An absence has to last so long before it is judged. */
        settleMinutes: z
          .number()
          .min(0)
          .max(24 * 60)
          .default(10),
        /** From the day somebody left to their removal, where the policy is `suspendThenRemove`. */
        removeAfterDays: days.default(30),
      })
      .prefault({}),
    guards: z
      .strictObject({
        budget: z
          .strictObject({
            /** So many people (and, apart from them, so many memberships) may always lose access within the window. */
            people: z.int().min(0).default(10),
            /** Or so many of a hundred that we manage, if that is more. */
            percent: z.number().min(0).max(100).default(10),
            windowHours: z
              .number()
              .gt(0)
              .max(24 * 28)
              .default(24),
          })
          .prefault({}),
        /** Addresses or Entra object ids of people who are never suspended or removed. */
        protectedMembers: z.array(personName).default([]),
        /** A list of staged removals is to be decided within so many days; then it is drawn up anew. */
        stagedDays: z.number().gt(0).max(90).default(7),
      })
      .prefault({}),
    drift: z
      .strictObject({
        /** The team is listed and compared with what was last applied every so many hours. */
        everyHours: z
          .number()
          .min(1)
          .max(24 * 28)
          .default(24),
      })
      .prefault({}),
    groups: z
      .strictObject({
        /** A Dropbox group of the same name that nobody's external id marks is taken over instead of refused. */
        adoptByName: z.boolean().default(false),
      })
      .prefault({}),
  })
  .readonly();

export type Provisioning = z.infer<typeof provisioningSchema>;

export type ProvisioningResult =
  | { readonly kind: 'valid'; readonly provisioning: Provisioning }
  | { readonly kind: 'invalid'; readonly issues: readonly string[] };

/** Parses the text of provisioning.json and names every problem at once, each with its path. */
export function parseProvisioning(text: string): ProvisioningResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'invalid', issues: [`provisioning.json is not JSON: ${reason}`] };
  }
  const parsed = provisioningSchema.safeParse(value);
  if (parsed.success) return { kind: 'valid', provisioning: parsed.data };
  const issues = parsed.error.issues.map((issue) => {
    const path = issue.path.length === 0 ? 'the file' : issue.path.join('.');
    return `provisioning.json, ${path}: ${issue.message}`;
  });
  return { kind: 'invalid', issues };
}

/** Raised with the default mapping, so that a new release recomputes what is desired. */
const mappingVersion = 1;

/**
 * The same for what decides what is desired of the same app, and what holds removals back; a change of it starts an initial cycle that keeps all
 * links. The guards are part of it so that an instance that still has the old ones stands back.
 */
export function fingerprintOf(provisioning: Provisioning, appId: string): string {
  const { scope, leaving, guards, groups } = provisioning;
  const effective = { mappingVersion, appId, scope, leaving, guards, groups };
  return createHash('sha256').update(JSON.stringify(effective)).digest('hex');
}
