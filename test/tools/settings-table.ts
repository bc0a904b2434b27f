import { settingsShape } from '../../shared/config/settings.ts';

/** The README's table of settings, made from the schema. */
export function buildSettingsTable(): string {
  const rows = Object.entries(settingsShape).map(([name, schema]) => {
    const absent = schema.safeParse(undefined);
    return `| \`${name}\` | ${describeDefault(name, absent)} | ${schema.description ?? ''} |`;
  });
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function describeDefault(
  name: string,
  absent: { readonly success: boolean; readonly data?: unknown },
): string {
  if (!absent.success) return 'required';
  if (absent.data === undefined) return '–';
  const isSeconds = name.endsWith('_SECONDS');
  const value = isSeconds && typeof absent.data === 'number' ? absent.data / 1_000 : absent.data;
  return `\`${JSON.stringify(value).replaceAll('"', '')}\``;
}

if (process.argv[1] === import.meta.filename) console.log(buildSettingsTable());
