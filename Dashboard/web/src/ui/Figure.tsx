/** A chart with its title, its data as table and CSV, and itself as SVG. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { Chart, Option } from "../charts/echarts";
import { type Palette, readPalette } from "../charts/palette";
import { type Cell, type Sheet, toCsv } from "../science/csv";
import { number } from "../science/format";
import { useTheme } from "../app/theme";
import { save } from "./save";

interface Props {
  readonly title: string;
  readonly note?: ComponentChildren;
  /** What the chart shows, in words, for those who do not see it. */
  readonly label: string;
  readonly option: (palette: Palette) => Option;
  readonly sheet: () => Sheet;
  readonly height?: number;
  /** Many thousands of marks: drawn on a canvas, saved as SVG all the same. */
  readonly heavy?: boolean;
  readonly onClick?: (data: unknown) => void;
  readonly children?: ComponentChildren;
}

const shownRows = 500;

export function Figure({ title, note, label, option, sheet, height = 320, heavy = false, onClick, children }: Props) {
  const theme = useTheme();
  const [asTable, setAsTable] = useState(false);
  const built = useMemo(() => option(readPalette()), [option, theme]);
  const box = useRef<HTMLDivElement>(null);
  const name = title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  const saveSvg = async () => {
    const { toSvg } = await import("../charts/echarts");
    save(`${name}.svg`, "image/svg+xml", toSvg(built, box.current?.clientWidth ?? 800, height, readPalette().surface));
  };
  return (
    <section class="card figure" aria-label={title}>
      <header>
        <h3>{title}</h3>
        <div class="tools" role="toolbar" aria-label={`${title}: save or read`}>
          <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)} title="Show the data as a table">Table</button>
          <button type="button" onClick={() => save(`${name}.csv`, "text/csv", toCsv(sheet()))} title="Save the data as CSV">CSV</button>
          <button type="button" onClick={() => void saveSvg()} title="Save the chart as SVG">SVG</button>
        </div>
      </header>
      {note !== undefined && <p class="note">{note}</p>}
      {children}
      {asTable ? <SheetTable sheet={sheet()} title={title} /> : <div ref={box}><Plot option={built} height={height} heavy={heavy} label={label} onClick={onClick} /></div>}
    </section>
  );
}

/** The bare chart. The drawing library arrives when the first one is shown. */
function Plot({ option, height, heavy, label, onClick }: { option: Option; height: number; heavy: boolean; label: string; onClick?: (data: unknown) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const newest = useRef({ option, onClick });
  newest.current = { option, onClick };
  useEffect(() => {
    let gone = false;
    let observer: ResizeObserver | null = null;
    void import("../charts/echarts").then(({ mount }) => {
      if (gone || !box.current) return;
      const made = mount(box.current, heavy);
      chart.current = made;
      made.on("finished", () => { if (box.current) box.current.dataset["drawn"] = "true"; });
      made.setOption(newest.current.option);
      made.on("click", event => newest.current.onClick?.(event.data));
      observer = new ResizeObserver(() => made.resize());
      observer.observe(box.current);
    });
    return () => {
      gone = true;
      observer?.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, [heavy]);
  useEffect(() => { chart.current?.setOption(option, { notMerge: true }); }, [option]);
  return <div ref={box} class="plot" style={{ height }} role="img" aria-label={label} />;
}

function SheetTable({ sheet, title }: { sheet: Sheet; title: string }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`${title}: data`}>
      <table>
        <thead><tr>{sheet.columns.map(c => <th key={c} scope="col">{c}</th>)}</tr></thead>
        <tbody>{sheet.rows.slice(0, shownRows).map((row, i) => <tr key={i}>{row.map((cell, j) => <td key={j} class={typeof cell === "number" ? "n" : ""}>{show(cell)}</td>)}</tr>)}</tbody>
      </table>
      {sheet.rows.length > shownRows && <p class="note">The first {shownRows} of {sheet.rows.length} rows; the CSV holds all.</p>}
    </div>
  );
}

function show(cell: Cell): string {
  return typeof cell === "number" ? number(cell, 5) : cell === null || cell === undefined ? "–" : String(cell);
}
