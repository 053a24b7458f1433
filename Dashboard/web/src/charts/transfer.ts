/** Dumbbells of transfer against scratch, and errors by layer or source. */
import type { Facet, PairRow } from "../api/types";
import type { Sheet } from "../science/csv";
import { count, estimate, number } from "../science/format";
import { frame, logRange, tip, whiskers } from "./base";
import type { Option } from "./echarts";
import { colours, type Palette, sign } from "./palette";

const rowName = (r: PairRow) => `${r.curve}, ${count(r.size)} rows`;

interface RenderParams { dataIndex: number }
interface RenderApi { coord(p: readonly number[]): number[] }

export function dumbbellOption(rows: readonly PairRow[], palette: Palette): Option {
  const values = rows.flatMap(r => [r.scratch, r.transfer]);
  const details = (r: PairRow) => tip(rowName(r), [["scratch", `${number(r.scratch)} ${r.unit}`], ["transfer", `${number(r.transfer)} ${r.unit}`], ["ratio", number(r.ratio, 3)], ["wins", `${r.wins} of ${r.pairs}`]]);
  return frame({
    palette, left: 230, legend: ["scratch", "transfer"],
    x: { name: `${rows[0]!.isTest ? "test" : "validation"} ${rows[0]!.metric} [${rows[0]!.unit}]`, type: "log", ...logRange(values) },
    y: { name: "", type: "category", data: rows.map(rowName), inverse: true },
    series: [
      {
        type: "custom", silent: true, data: rows.map((r, i) => [r.scratch, i]), z: 1,
        renderItem: (p: RenderParams, api: RenderApi) => {
          const r = rows[p.dataIndex]!;
          const [x1, y] = api.coord([r.scratch, p.dataIndex]) as [number, number];
          const [x2] = api.coord([r.transfer, p.dataIndex]) as [number, number];
          return { type: "line", shape: { x1, y1: y, x2, y2: y }, style: { stroke: r.transfer <= r.scratch ? palette.good : palette.bad, lineWidth: 3, opacity: 0.55 } };
        },
      },
      { type: "scatter", name: "scratch", symbolSize: 11, itemStyle: { color: palette.surface, borderColor: palette.faint, borderWidth: 2 }, data: rows.map((r, i) => ({ value: [r.scratch, i], tip: details(r) })), z: 3 },
      {
        type: "scatter", name: "transfer", symbolSize: 11, itemStyle: { color: palette.accent }, z: 4,
        label: { show: true, position: "right", distance: 10, color: palette.faint, fontSize: 11, formatter: (p: { dataIndex: number }) => { const r = rows[p.dataIndex]!; return r.transfer > r.scratch ? `${r.wins}/${r.pairs}` : ""; } },
        data: rows.map((r, i) => ({ value: [r.transfer, i], tip: details(r), ...(r.transfer <= r.scratch ? { label: { position: "left", formatter: `${r.wins}/${r.pairs}` } } : {}) })),
      },
    ],
    tooltip: { formatter: (p: { data: { tip?: string } }) => p.data.tip ?? "" },
  });
}

export function pairsSheet(rows: readonly PairRow[]): Sheet {
  return {
    columns: ["target", "curve", "mode", "model", "source", "source rows", "training rows", "seed", "fold", "scratch", "transfer", "unit"],
    rows: rows.flatMap(r => r.replicates.map(p => [r.target, r.curve, r.mode, r.model, r.source, r.sourceSize, r.size, p.seed, p.fold, p.scratch, p.transfer, r.unit])),
  };
}

/** Means with standard errors over the values of a facet, one line per mode and size. */
export function facetOption(rows: readonly Facet[], by: string, palette: Palette): Option {
  const values = [...new Set(rows.map(r => r.value ?? "–"))];
  const line = (r: Facet) => `${r.mode ?? "–"}, ${count(r.size)} rows`;
  const names = [...new Set(rows.map(line))];
  const colour = colours(names, palette);
  const series = names.flatMap((name, i) => {
    const own = rows.filter(r => line(r) === name);
    const errors = own.filter(hasWhisker);
    return [
      {
        type: "line", name, symbol: sign(i), symbolSize: 9, lineStyle: { color: colour(name), width: 1, opacity: 0.5 }, itemStyle: { color: colour(name) }, z: 3,
        data: own.map(r => ({ value: [r.value ?? "–", r.mean], symbolSize: r.selected ? 14 : 9, tip: tip(`${by} ${r.value ?? "–"}${r.selected ? ", chosen by validation" : ""}`, [["mode, rows", name], [r.metric, `${estimate(r.mean, r.standardError)} ${r.unit}`], ["runs", count(r.count)]]) })),
      },
      ...(errors.length > 0 ? [whiskers(name, errors.map(r => [r.value ?? "–", r.mean - r.standardError!, r.mean + r.standardError!]), colour(name))] : []),
    ];
  });
  const first = rows[0]!;
  return frame({
    palette, legend: names, series, x: { name: by, type: "category", data: values },
    y: { name: `${first.isTest ? "test" : "validation"} ${first.metric} [${first.unit}]`, type: "log", ...logRange(rows.flatMap(r => (hasWhisker(r) ? [r.mean, r.mean - r.standardError!, r.mean + r.standardError!] : [r.mean]))) },
    tooltip: { formatter: (p: { data: { tip?: string } }) => p.data.tip ?? "" },
  });
}

/** On a logarithmic axis an end below zero has no place. */
function hasWhisker(r: Facet): boolean {
  return r.standardError !== null && r.standardError > 0 && r.mean - r.standardError > 0;
}

export function facetSheet(rows: readonly Facet[], by: string): Sheet {
  return { columns: ["target", "mode", "training rows", by, "mean", "standard error", "runs", "metric", "unit", "test", "chosen"], rows: rows.map(r => [r.target, r.mode, r.size, r.value, r.mean, r.standardError, r.count, r.metric, r.unit, r.isTest, r.selected]) };
}
