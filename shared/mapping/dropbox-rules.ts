/**
 * What Dropbox takes, checked before a call: one row that breaks a rule spoils the whole call of twenty (HTTP 400). Rules of the public
 * API specification, `dropbox-api-spec`, `team_common.stone` and `common.stone`, as of August 2026.
 */
const emailPattern = /^['#&A-Za-z0-9._%+-]+@[A-Za-z0-9-][A-Za-z0-9.-]*\.[A-Za-z]{2,15}$/;
const nameRefused = /[/:?*<>"|]/;

/** Longest e-mail address, in UTF-16 units. */
const emailLimit = 255;
/** Longest given name or surname; it was 100 until the specification of May 2026. */
const nameLimit = 50;

export function isEmailTaken(email: string): boolean {
  return email.length <= emailLimit && emailPattern.test(email);
}

/** What is wrong with a given name or surname, or undefined where Dropbox takes it. Empty is fine. */
export function nameProblem(name: string): string | undefined {
  if (name.length > nameLimit) return `is ${name.length} characters long, ${nameLimit} are allowed`;
  const refused = nameRefused.exec(name)?.[0];
  return refused === undefined ? undefined : `contains ${refused}`;
}
