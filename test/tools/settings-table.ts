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
  const isMilliseconds = name.endsWith('_SECONDS') && typeof absent.data === 'number';
  return `\`${isMilliseconds ? Number(absent.data) / 1_000 : JSON.stringify(absent.data).replaceAll('"', '')}\``;
}

if (process.argv[1] === import.meta.filename) console.log(buildSettingsTable());
