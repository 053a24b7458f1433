/** A table as CSV (RFC 4180: CRLF between records, quotes where they are needed). */

export type Cell = string | number | boolean | null | undefined;

export interface Sheet {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export function toCsv(sheet: Sheet): string {
  const lines = [sheet.columns.map(field).join(",")];
  for (const row of sheet.rows) lines.push(row.map(field).join(","));
  return lines.join("\r\n") + "\r\n";
}

function field(value: Cell): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = String(value);
  // A leading =, +, - or @ of a text would be a formula in a spreadsheet.
  const safe = typeof value === "string" && /^[=+\-@\t]/.test(text) && Number.isNaN(Number(text)) ? "'" + text : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
