const longestText = 300;

/**
 * A text of the service, fit for an error message: without tokens and e-mail addresses, which Dropbox quotes from the request, without
 * the given secrets, on one line and at most 300 characters long.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  const withoutSecrets = secrets
    .filter((secret) => secret !== '')
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  return withoutSecrets
    .replaceAll(/\bBearer\s+\S+/gi, 'Bearer ***')
    .replaceAll(/\bsl\.\S+/g, '***')
    .replaceAll(/[^\s"'<>]+@[^\s"'<>]+/g, '***')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, longestText);
}
