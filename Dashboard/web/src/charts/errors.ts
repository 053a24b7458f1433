/** Predicted against true values, and distributions. */
import type { Histogram } from "../api/catalog";
import type { Parity } from "../api/types";
import type { Sheet } from "../science/csv";
import { count, number } from "../science/format";
import { frame, tip } from "./base";
import type { Option } from "./echarts";
import type { Palette } from "./palette";

// A header such as "Band gap (eV)" says its unit itself.
const withUnit = (name: string, unit: string | null) => (unit && !name.includes(unit) ? `${name} [${unit}]` : name);

export function parityOption(parity: Parity, palette: Palette): Option {
  const all = parity.rows.flatMap(r => [r.truth, r.predicted]);
  const low = Math.min(...all);
  const high = Math.max(...all);
  const pad = 0.04 * (high - low || 1);
  const range = { min: nice(low - pad, high - low, Math.floor), max: nice(high + pad, high - low, Math.ceil) };
  return frame({
    palette, x: { name: `true ${withUnit(parity.property, parity.unit)}`, ...range }, y: { name: `predicted [${parity.unit}]`, ...range },
    series: [
      { type: "line", silent: true, symbol: "none", lineStyle: { color: palette.faint, width: 1, type: "dashed" }, data: [[range.min, range.min], [range.max, range.max]], z: 1 },
      {
        type: "scatter", symbolSize: parity.rows.length > 2000 ? 4 : 7, itemStyle: { color: palette.accent, opacity: parity.rows.length > 2000 ? 0.4 : 0.65 }, z: 2,
        data: parity.rows.map(r => ({ value: [r.truth, r.predicted], material: r.material, tip: tip(r.formula ?? r.material, [...(r.formula === null ? [] : [["material", r.material] as const]), ["true", `${number(r.truth)} ${parity.unit}`], ["predicted", `${number(r.predicted)} ${parity.unit}`], ["evaluations", count(r.evaluations)], ...(r.spread === null ? [] : [["spread", number(r.spread, 2)] as const])]) })),
      },
    ],
    tooltip: { formatter: (p: { data: { tip?: string } }) => p.data.tip ?? "" },
  });
}

export function paritySheet(parity: Parity): Sheet {
  return { columns: ["material", "formula", `true [${parity.unit}]`, `predicted [${parity.unit}]`, "spread", "evaluations"], rows: parity.rows.map(r => [r.material, r.formula, r.truth, r.predicted, r.spread, r.evaluations]) };
}

export function histogramOption(h: Histogram, palette: Palette): Option {
  const width = h.edges.length > 1 ? h.edges[1]! - h.edges[0]! : 1;
  return frame({
    palette, x: { name: withUnit(h.column, h.unit), min: h.edges[0], max: h.edges[h.edges.length - 1] }, y: { name: "rows", min: 0, whole: true },
    series: [{
      type: "custom", itemStyle: { color: palette.accent }, data: h.counts.map((n, i) => ({ value: [h.edges[i]! + width / 2, n], tip: tip(`${number(h.edges[i]!)} to ${number(h.edges[i + 1]!)}`, [["rows", count(n)]]) })),
      renderItem: (p: { dataIndex: number }, api: { coord(v: readonly number[]): number[] }) => {
        const i = p.dataIndex;
        const [x1, y1] = api.coord([h.edges[i]!, h.counts[i]!]) as [number, number];
        const [x2, y2] = api.coord([h.edges[i + 1]!, 0]) as [number, number];
        return { type: "rect", shape: { x: x1, y: y1, width: Math.max(1, x2 - x1 - 1), height: y2 - y1 }, style: { fill: palette.accent, opacity: 0.85 } };
      },
    }],
    tooltip: { formatter: (p: { data: { tip?: string } }) => p.data.tip ?? "" },
  });
}

export function histogramSheet(h: Histogram): Sheet {
  return { columns: ["from", "to", "rows"], rows: h.counts.map((n, i) => [h.edges[i], h.edges[i + 1], n]) };
}

/** A round end of an axis that spans `extent`: a whole number of steps of 1, 2 or 5, of which some eight span it. */
function nice(value: number, extent: number, round: (x: number) => number): number {
  const rough = (extent || 1) / 8;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(s => s * decade).find(s => s >= rough)!;
  return Number((round(value / step) * step).toPrecision(8));
}
