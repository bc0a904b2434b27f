import type { Cell, Columns, Row } from '../model/ports.ts';

/** Table Storage takes 32,768 UTF-16 units in one string property. */
const partLength = 30_000;

/** One value as JSON, over as many string columns as its length needs: `name`, `name_1`, … and their number in `name_parts`. */
export function toJsonColumns(name: string, value: unknown): Columns {
  const text = JSON.stringify(value);
  const columns: { [name: string]: Cell } = {};
  const parts = Math.max(1, Math.ceil(text.length / partLength));
  for (let part = 0; part < parts; part++) {
    const column = part === 0 ? name : `${name}_${part}`;
    columns[column] = text.slice(part * partLength, (part + 1) * partLength);
  }
  columns[`${name}_parts`] = parts;
  return columns;
}

/** The parsed JSON of a value written by toJsonColumns, or undefined where the row has none. */
export function fromJsonColumns(row: Row, name: string): unknown {
  const parts = Number(row.columns[`${name}_parts`] ?? 0);
  if (parts === 0) return undefined;
  let text = '';
  for (let part = 0; part < parts; part++) {
    text += String(row.columns[part === 0 ? name : `${name}_${part}`] ?? '');
  }
  return JSON.parse(text);
}
