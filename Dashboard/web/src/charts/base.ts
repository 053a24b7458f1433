/** What all charts share: axes, tooltip, legend, whiskers, in the colours of the theme. */
import { short } from "../science/format";
import type { Palette } from "./palette";

export interface Axis {
  readonly name: string;
  readonly type?: "value" | "log" | "category";
  readonly data?: readonly string[];
  readonly min?: number | "dataMin";
  readonly max?: number | "dataMax";
  readonly scale?: boolean;
  readonly inverse?: boolean;
  /** Where ticks are wanted; else the axis chooses. */
  readonly ticks?: readonly number[];
  /** Of counts: no ticks between whole numbers. */
  readonly whole?: boolean;
}

export const font = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif";

export function axis(a: Axis, palette: Palette, side: "x" | "y") {
  // Of a logarithmic axis the library marks only decades; a short one needs more.
  const ticks = a.ticks ?? (a.type === "log" && typeof a.min === "number" && typeof a.max === "number" ? logTicks(a.min, a.max) : undefined);
  return {
    type: a.type ?? "value", name: a.name, data: a.data, min: a.min, max: a.max, scale: a.scale ?? true, inverse: a.inverse ?? false, nameLocation: "middle", nameGap: side === "x" ? 30 : 52,
    nameTextStyle: { color: palette.faint, fontSize: 12 },
    axisLine: { show: side === "x", lineStyle: { color: palette.border } },
    axisTick: { show: side === "x" && a.type !== "category", lineStyle: { color: palette.border }, customValues: ticks },
    splitLine: { show: a.type !== "category", customValues: ticks, lineStyle: { color: palette.border, opacity: 0.7 } },
    minInterval: a.whole ? 1 : undefined, minorTick: { show: false }, minorSplitLine: { show: false },
    axisLabel: { customValues: ticks, color: palette.faint, fontSize: 11, hideOverlap: true, formatter: a.type === "category" ? undefined : (v: number) => short(v) },
  };
}

export interface Frame {
  readonly palette: Palette;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly object[];
  readonly legend?: readonly string[];
  readonly tooltip?: object;
  readonly zoom?: boolean;
  readonly left?: number;
  readonly animation?: boolean;
}

/** A chart on one pair of axes. */
export function frame({ palette, x, y, series, legend, tooltip, zoom = false, left = 68, animation = false }: Frame) {
  const hasLegend = legend !== undefined && legend.length > 1;
  return {
    animation,
    textStyle: { fontFamily: font, color: palette.text },
    grid: { left, right: 18, top: hasLegend ? 40 : 14, bottom: 46 },
    legend: hasLegend ? { type: "scroll", data: [...legend], top: 0, left: 0, itemWidth: 11, itemHeight: 10, textStyle: { color: palette.text, fontSize: 12 }, pageTextStyle: { color: palette.faint }, pageIconColor: palette.faint } : { show: false },
    tooltip: { trigger: "item", confine: true, backgroundColor: palette.surface, borderColor: palette.border, textStyle: { color: palette.text, fontSize: 12, fontFamily: font }, extraCssText: "box-shadow:0 4px 16px rgb(0 0 0/.15)", ...tooltip },
    xAxis: axis(x, palette, "x"), yAxis: axis(y, palette, "y"),
    dataZoom: zoom ? [{ type: "inside", xAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl" }] : undefined,
    series: [...series],
  };
}

interface RenderApi { value(i: number): number; coord(p: readonly number[]): number[]; style(): object }

/** Vertical whiskers from `low` to `high` of data [x, low, high]. */
export function whiskers(name: string, data: readonly (readonly [number | string, number, number])[], colour: string) {
  return {
    type: "custom", name, silent: true, z: 3, tooltip: { show: false }, data: data.map(d => [...d]), encode: { x: 0, y: [1, 2] }, itemStyle: { color: colour },
    renderItem: (_: unknown, api: RenderApi) => {
      const [x, top] = api.coord([api.value(0), api.value(2)]) as [number, number];
      const [, bottom] = api.coord([api.value(0), api.value(1)]) as [number, number];
      const line = (x1: number, y1: number, x2: number, y2: number) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: colour, lineWidth: 1.3 } });
      return { type: "group", children: [line(x, top, x, bottom), line(x - 4, top, x + 4, top), line(x - 4, bottom, x + 4, bottom)] };
    },
  };
}

/** Text that goes into a tooltip's markup. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);
}

/** Lines of a tooltip: a head and pairs of name and value. */
export function tip(head: string, pairs: readonly (readonly [name: string, value: string])[]): string {
  const rows = pairs.map(([name, value]) => `<tr><td style="padding:0 12px 0 0;border:0;height:auto;opacity:.75">${escape(name)}</td><td style="padding:0;border:0;height:auto;text-align:right">${escape(value)}</td></tr>`);
  return `<strong>${escape(head)}</strong><table style="width:auto;font-size:12px">${rows.join("")}</table>`;
}

/** Decades; 1, 2 and 5 of each where there are few; more where there is hardly one. */
export function logTicks(min: number, max: number): number[] {
  const span = Math.log10(max / min);
  const steps = span > 3.5 ? [1] : span > 1.2 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 7];
  const ticks: number[] = [];
  for (let decade = Math.floor(Math.log10(min)); decade <= Math.ceil(Math.log10(max)); decade++)
    for (const step of steps) {
      const tick = Number((step * 10 ** decade).toPrecision(6));
      if (tick >= min * 0.999 && tick <= max * 1.001) ticks.push(tick);
    }
  return ticks;
}

/** A range of an axis in logarithms: the next 1, 2 or 5 beyond the values, so that few ticks are needed. */
export function logRange(values: readonly number[]): { min: number; max: number } {
  const positive = values.filter(v => v > 0 && Number.isFinite(v));
  if (positive.length === 0) return { min: 1, max: 10 };
  return { min: beyond(Math.min(...positive), -1), max: beyond(Math.max(...positive), 1) };
}

function beyond(value: number, direction: 1 | -1): number {
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const steps = [1, 2, 3, 5, 7, 10].map(s => s * decade);
  const found = direction > 0 ? steps.find(s => s >= value * 1.02) ?? 10 * decade : [...steps].reverse().find(s => s <= value / 1.02) ?? decade / 1.5;
  return Number(found.toPrecision(6));
}
