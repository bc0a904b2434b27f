/** Lines of aligned columns below their names, for a terminal. Control characters become `?`: a name must not move the cursor. */
export function alignColumns(
  names: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const table = [names, ...rows].map((row) => row.map(toPlainText));
  const widths = names.map((_, column) =>
    table.reduce((width, row) => Math.max(width, widthOf(row[column] ?? '')), 0),
  );
  return table.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}

/** Text of others that is safe to show in a terminal. */
export function toPlainText(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Cf}/gu, '?');
}

function widthOf(text: string): number {
  return text.length;
}
