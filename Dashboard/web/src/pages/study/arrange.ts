/** What the server does to the table of configurations, done on the rows that a report carries. */
import type { Configuration, ConfigurationGroup, Configurations } from "../../api/types";

interface Asked { readonly sort?: string | boolean; readonly descending?: string | boolean; readonly text?: string | boolean; readonly group?: string | boolean }

export function arrange(page: Configurations, asked: Asked): Configurations {
  const text = String(asked.text ?? "").toLowerCase();
  const rows = page.rows.filter(r => text === "" || `${r.configuration} ${Object.entries(r.settings).map(e => e.join("=")).join(" ")}`.toLowerCase().includes(text));
  if (asked.sort) {
    const sort = String(asked.sort);
    rows.sort((a, b) => compare(value(a, sort), value(b, sort), asked.descending === true));
  }
  return { ...page, total: rows.length, rows, groups: asked.group ? groupBy(rows, String(asked.group)) : [] };
}

function value(row: Configuration, column: string): string | number | null {
  const found = column.startsWith("settings.") ? row.settings[column.slice(9)] : (row as unknown as Record<string, unknown>)[column];
  if (found === undefined || found === null || found === "") return null;
  const asNumber = Number(found);
  return Number.isNaN(asNumber) ? String(found) : asNumber;
}

/** Absent values come last in either direction. */
function compare(a: string | number | null, b: string | number | null, descending: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
  return descending ? -order : order;
}

function groupBy(rows: readonly Configuration[], column: string): ConfigurationGroup[] {
  const groups = new Map<string | null, Configuration[]>();
  for (const row of rows) {
    const raw = (row as unknown as Record<string, unknown>)[column];
    const key = raw === null || raw === undefined ? null : String(raw);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups].map(([key, members]) => {
    const best = members.filter(m => m.validation !== null).sort((a, b) => a.validation! - b.validation!)[0];
    return { value: key, configurations: members.length, runs: members.reduce((n, m) => n + m.runs, 0), validation: best?.validation ?? null, test: best?.test ?? null };
  });
}
