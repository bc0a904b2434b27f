import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Longest time that makes sense for any wait in this file: a year. */
const days = z.number().min(0).max(365);

/** `provisioning.json`: what should happen. Everything is optional; the defaults take away little and late. */
const provisioningSchema = z
  .strictObject({
    $schema: z.string().optional(),
    scope: z.enum(['assigned']).default('assigned'),
    leaving: z
      .strictObject({
        /** An absence has to last so long before it is judged. */
        settleMinutes: z
          .number()
          .min(0)
          .max(24 * 60)
          .default(10),
        /** From suspension to removal, for those who are not merely blocked. */
        removeAfterDays: days.default(30),
      })
      .prefault({}),
    guards: z
      .strictObject({
        budget: z
          .strictObject({
            people: z.int().min(0).default(10),
            percent: z.number().min(0).max(100).default(10),
            windowHours: z
              .number()
              .gt(0)
              .max(24 * 28)
              .default(24),
          })
          .prefault({}),
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

/** The same for the same effective configuration of the same app; a change of it starts an initial cycle that keeps all links. */
export function fingerprintOf(provisioning: Provisioning, appId: string): string {
  const { scope, leaving, guards, groups } = provisioning;
  const effective = { mappingVersion, appId, scope, leaving, guards, groups };
  return createHash('sha256').update(JSON.stringify(effective)).digest('hex');
}
