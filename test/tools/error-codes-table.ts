import { errorCodes } from '../../shared/model/error-codes.ts';

/** The table of docs/error-codes.md, made from the catalogue, in the order of the alphabet. */
export function buildErrorCodesTable(): string {
  const rows = [...errorCodes]
    .toSorted(([one], [other]) => one.localeCompare(other, 'en'))
    .map(([code, { meaning, advice }]) => `| \`${code}\` | ${meaning} | ${advice} |`);
  return ['| code | meaning | what to do |', '| --- | --- | --- |', ...rows].join('\n');
}

if (process.argv[1] === import.meta.filename) console.log(buildErrorCodesTable());
