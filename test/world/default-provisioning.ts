import { parseProvisioning, type Provisioning } from '../../shared/config/provisioning.ts';

/** What holds where provisioning.json says nothing. */
export function defaultProvisioning(): Provisioning {
  const result = parseProvisioning('{}');
  if (result.kind === 'invalid') throw new Error(result.issues.join('\n'));
  return result.provisioning;
}
