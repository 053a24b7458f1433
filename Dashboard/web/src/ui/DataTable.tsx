/** A table of any number of rows: only those in sight are in the document. Rows may arrive later; until then they show as empty. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

export interface TableColumn<T> {
  readonly key: string;
  readonly title: string;
  readonly hint?: string;
  readonly numeric?: boolean;
  readonly sortable?: boolean;
  readonly width?: number;
  readonly cell: (row: T) => ComponentChildren;
}

interface Props<T> {
  readonly label: string;
  readonly columns: readonly TableColumn<T>[];
  readonly total: number;
  readonly row: (index: number) => T | undefined;
  readonly id: (row: T) => string;
  /** Called with the rows in sight, so that they can be fetched. */
  readonly onRange?: (first: number, last: number) => void;
  /** `key` or `-key`. */
  readonly sort?: string;
  readonly onSort?: (sort: string) => void;
  readonly selected?: string;
  readonly maxHeight?: number;
}

const rowHeight = 34;
const spare = 8;

export function DataTable<T>({ label, columns, total, row, id, onRange, sort = "", onSort, selected, maxHeight = 560 }: Props<T>) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const first = Math.max(0, Math.floor(top / rowHeight) - spare);
  const last = Math.min(total, Math.ceil((top + maxHeight) / rowHeight) + spare);
  useEffect(() => { onRange?.(first, last); }, [first, last, total, onRange]);
  useEffect(() => { if (box.current) box.current.scrollTop = 0; setTop(0); }, [sort]);
  const indices = Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
  return (
    <div ref={box} class="scroll" style={{ maxHeight }} tabIndex={0} role="region" aria-label={label} onScroll={e => setTop(e.currentTarget.scrollTop)}>
      <table class="data" aria-rowcount={total + 1} aria-label={label}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(c => {
              const direction = sort === c.key ? "ascending" : sort === "-" + c.key ? "descending" : undefined;
              return (
                <th key={c.key} scope="col" class={c.numeric ? "n" : ""} style={c.width ? { minWidth: c.width } : undefined} aria-sort={direction} title={c.hint}>
                  {onSort && c.sortable !== false
                    ? <button type="button" onClick={() => onSort(direction === "ascending" ? "-" + c.key : direction === "descending" ? "" : c.key)}>{c.title}<span aria-hidden="true">{direction === "ascending" ? " ↑" : direction === "descending" ? " ↓" : ""}</span></button>
                    : c.title}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <tr aria-hidden="true" style={{ height: first * rowHeight }} />}
          {indices.map(i => {
            const data = row(i);
            return data === undefined
              ? <tr key={`at-${i}`} aria-rowindex={i + 2} class="coming"><td colSpan={columns.length}>…</td></tr>
              : <tr key={id(data)} aria-rowindex={i + 2} class={selected !== undefined && selected === id(data) ? "selected" : ""}>{columns.map(c => <td key={c.key} class={c.numeric ? "n" : ""}>{c.cell(data)}</td>)}</tr>;
          })}
          {last < total && <tr aria-hidden="true" style={{ height: (total - last) * rowHeight }} />}
        </tbody>
      </table>
    </div>
  );
}
