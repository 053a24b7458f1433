/** Learning curves by the thousand: one mark per curve in one series per group, decimated, on a canvas. */
import type { Curve } from "../api/types";
import type { Sheet } from "../science/csv";
import { decimate, type Point, quantile } from "../science/decimate";
import { count, number } from "../science/format";
import { frame, tip } from "./base";
import type { Option } from "./echarts";
import { colours, type Palette } from "./palette";

export type Measure = "validation" | "train" | "rate";

interface RenderParams { dataIndex: number }
interface RenderApi { coord(p: readonly number[]): number[] }

export function curvesOption(curves: readonly Curve[], measure: Measure, by: keyof Curve & ("mode" | "model" | "target" | "source" | "size"), metric: string | null, logX: boolean, palette: Palette): Option {
  const name = (c: Curve) => String(c[by] ?? "–");
  const names = [...new Set(curves.map(name))];
  const colour = colours(names, palette);
  // Fewer points per curve where there are many: a screen shows no more.
  const limit = curves.length > 1500 ? 30 : curves.length > 400 ? 50 : 120;
  const lines = curves.map(c => decimate(points(c, measure), limit));
  const all = lines.flat();
  const ys = all.map(p => p[1]).filter(y => y > 0).sort((a, b) => a - b);
  const opacity = curves.length > 1000 ? 0.12 : curves.length > 200 ? 0.35 : curves.length > 40 ? 0.6 : 0.9;
  const top = ys.length === 0 ? 1 : Math.min(ys[ys.length - 1]!, 4 * quantile(ys, 0.97));
  const bottom = ys[0] ?? 0.1;
  // Of many the groups are drawn in turns, or the last would hide all others.
  const turns = curves.length > 200 ? 12 : 1;
  const series = Array.from({ length: turns }, (_, turn) => names.map(group => {
    const indices = curves.map((_, i) => i).filter(i => i % turns === turn && name(curves[i]!) === group && lines[i]!.length > 0);
    const tint = colour(group);
    return {
      type: "custom", name: group, itemStyle: { color: tint }, clip: true, animation: false,
      data: indices.map(i => ({ value: lines[i]![lines[i]!.length - 1]!, tip: words(curves[i]!, measure, metric, lines[i]!) })),
      renderItem: (params: RenderParams, api: RenderApi) => {
        const line = lines[indices[params.dataIndex]!]!;
        const shape = line.map(p => api.coord([p[0], Math.max(p[1], bottom / 2)]));
        return {
          type: "polyline", shape: { points: shape }, style: { stroke: tint, lineWidth: curves.length > 200 ? 1 : 1.5, opacity, fill: "none" },
          emphasis: { style: { stroke: palette.text, lineWidth: 2.5, opacity: 1 } }, z2: 1,
        };
      },
    };
  })).flat();
  const title = measure === "rate" ? "learning rate" : measure === "train" ? "training loss" : `validation ${metric ?? "error"}${unitOf(curves)}`;
  return frame({
    palette, legend: names, series, zoom: true,
    x: { name: "epoch", type: logX ? "log" : "value", min: logX ? 1 : 0, max: Math.max(1, ...all.map(p => p[0])) },
    y: { name: title, type: "log", min: floor(bottom), max: ceiling(top) },
    tooltip: { formatter: (p: { data: { tip?: string } }) => p.data.tip ?? "" },
  });
}

export function curvesSheet(curves: readonly Curve[]): Sheet {
  return {
    columns: ["trial", "configuration", "target", "mode", "model", "source", "rows", "seed", "fold", "epoch", "validation", "train", "rate"],
    rows: curves.flatMap(c => c.epoch.map((epoch, i) => [c.trial, c.configuration, c.target, c.mode, c.model, c.source, c.size, c.seed, c.fold, epoch, c.validation[i], c.train[i], c.rate[i]])),
  };
}

function points(curve: Curve, measure: Measure): Point[] {
  const values = curve[measure];
  const out: Point[] = [];
  curve.epoch.forEach((epoch, i) => {
    const value = values[i];
    if (value !== null && value !== undefined && value > 0) out.push([Math.max(epoch, 1), value]);
  });
  return out;
}

function words(c: Curve, measure: Measure, metric: string | null, line: readonly Point[]): string {
  const best = measure === "validation" ? Math.min(...line.map(p => p[1])) : line[line.length - 1]![1];
  return tip(c.configuration, [
    ["target", c.target ?? "–"], ["rows, seed", `${count(c.size)}, ${c.seed ?? "–"}`],
    [measure === "validation" ? `best ${metric ?? ""}` : "last", `${number(best)} ${measure === "validation" ? c.unit ?? "" : ""}`], ["best epoch", count(c.bestEpoch)], ["stopped", c.stop ?? "not yet"],
  ]);
}

function unitOf(curves: readonly Curve[]): string {
  const units = new Set(curves.map(c => c.unit));
  return units.size === 1 && curves[0]!.unit !== null ? ` [${curves[0]!.unit}]` : "";
}

function floor(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  return Number((Math.floor(value / decade) * decade).toPrecision(3));
}

function ceiling(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  return Number((Math.ceil(value / decade) * decade).toPrecision(3));
}
