/** Error against training rows on logarithmic axes: replicates, means with standard errors, fitted power laws. */
import type { ScalingTarget } from "../api/types";
import type { Sheet } from "../science/csv";
import { count, estimate, number } from "../science/format";
import { frame, logRange, tip, whiskers } from "./base";
import type { Option } from "./echarts";
import { colours, type Palette, sign } from "./palette";

export function scalingOption(data: ScalingTarget, palette: Palette): Option {
  const colour = colours(data.curves.map(c => c.name), palette);
  const series: object[] = [];
  data.curves.forEach((curve, i) => {
    const tint = colour(curve.name);
    series.push({
      type: "scatter", name: curve.name, symbol: sign(i), symbolSize: 10, z: 4, itemStyle: { color: tint },
      data: curve.points.map(p => ({ value: [p.size, p.mean], tip: tip(curve.name, [["rows", count(p.size)], [data.metric, `${estimate(p.mean, p.standardError)} ${data.unit}`], ["runs", count(p.count)]]) })),
    });
    const errors = curve.points.filter(p => p.standardError !== null && p.standardError > 0 && p.mean - p.standardError > 0);
    if (errors.length > 0) series.push(whiskers(curve.name, errors.map(p => [p.size, p.mean - p.standardError!, p.mean + p.standardError!]), tint));
    series.push({ type: "scatter", name: curve.name, silent: true, symbol: "circle", symbolSize: 4, z: 2, itemStyle: { color: tint, opacity: 0.45 }, data: curve.points.flatMap(p => (p.count > 1 ? p.runs.map(r => [p.size, r.error]) : [])) });
    const line = curve.fit?.line.map(p => [p.size, p.error]) ?? curve.points.map(p => [p.size, p.mean]);
    series.push({ type: "line", name: curve.name, silent: true, showSymbol: false, z: 1, lineStyle: { color: tint, width: 1.6, type: curve.fit === null ? "dotted" : "solid" }, itemStyle: { color: tint }, data: line });
  });
  const sizes = data.curves.flatMap(c => c.points.map(p => p.size));
  const errors = data.curves.flatMap(c => c.points.flatMap(p => [p.mean, ...p.runs.map(r => r.error)]));
  return frame({
    palette, legend: data.curves.map(c => c.name), series,
    x: { name: "training rows", type: "log", ...logRange(sizes), ticks: ticksOf(sizes) }, y: { name: `${data.isTest ? "test" : "validation"} ${data.metric} [${data.unit}]`, type: "log", ...logRange(errors) },
    tooltip: { formatter: (p: { data: { tip?: string } }) => p.data.tip ?? "" },
  });
}

export function scalingSheet(data: ScalingTarget): Sheet {
  return {
    columns: ["curve", "mode", "model", "source", "source rows", "training rows", `mean ${data.metric} [${data.unit}]`, "standard error", "runs"],
    rows: data.curves.flatMap(c => c.points.map(p => [c.name, c.mode, c.model, c.source, c.sourceSize, p.size, p.mean, p.standardError, p.count])),
  };
}

/** The sizes themselves, where they are few. */
function ticksOf(sizes: readonly number[]): number[] | undefined {
  const all = [...new Set(sizes)].sort((a, b) => a - b);
  return all.length <= 9 ? all : undefined;
}

/** A chart's content in one sentence. */
export function scalingWords(data: ScalingTarget): string {
  const curves = data.curves.map(c => {
    const last = c.points[c.points.length - 1];
    return `${c.name}: ${last === undefined ? "no point" : `${number(last.mean)} ${data.unit} at ${count(last.size)} rows`}${c.fit === null ? "" : `, falling as rows to the power ${number(-c.fit.slope, 3)}`}`;
  });
  return `Error of ${data.target} against training rows on logarithmic axes. ${curves.join(". ")}.`;
}
