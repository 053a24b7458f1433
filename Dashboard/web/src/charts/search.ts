/** Charts of searches: importance of parameters, error against a parameter, draws by rung. */
import type { Importance, Parameter, Search } from "../api/types";
import type { Sheet } from "../science/csv";
import { count, number } from "../science/format";
import { frame, logRange, tip } from "./base";
import type { Option } from "./echarts";
import type { Palette } from "./palette";

type Space = Importance["searches"][number];

export function importanceOption(space: Space, palette: Palette): Option {
  const sorted = [...space.parameters].sort((a, b) => (b.importance ?? -1) - (a.importance ?? -1));
  return frame({
    palette, left: 130, x: { name: "share of the variance of log error", min: 0, max: 1 }, y: { name: "", type: "category", data: sorted.map(p => p.name), inverse: true },
    series: [{
      type: "bar", barMaxWidth: 18, itemStyle: { color: palette.series[0], borderRadius: [0, 3, 3, 0] }, label: { show: true, position: "right", color: palette.faint, formatter: (p: { value: number }) => number(p.value, 2) },
      data: sorted.map(p => ({ value: p.importance ?? 0, name: p.name, tip: tip(p.name, [["importance", number(p.importance, 3)], ["values", count(p.points.length)]]) })),
    }],
    tooltip: { formatter: (p: { data: { tip: string } }) => p.data.tip },
  });
}

export function importanceSheet(space: Space): Sheet {
  return { columns: ["parameter", "kind", "importance", "values"], rows: space.parameters.map(p => [p.name, p.kind, p.importance, p.points.length]) };
}

export function sliceOption(space: Space, parameter: Parameter, palette: Palette): Option {
  const isNumber = parameter.kind === "number";
  const categories = isNumber ? undefined : [...new Set(parameter.points.map(p => p.value))];
  const errors = parameter.points.map(p => p.error);
  // A mean of one value is that value.
  const means = parameter.bins.filter(b => b.mean !== null && b.count > 1);
  const middle = (from: number, to: number) => (parameter.isLog ? Math.sqrt(from * to) : (from + to) / 2);
  return frame({
    palette,
    x: isNumber ? { name: parameter.name, type: parameter.isLog ? "log" : "value", ...(parameter.isLog ? logRange(parameter.points.map(p => Number(p.value))) : {}) } : { name: parameter.name, type: "category", data: categories },
    y: { name: `validation ${space.metric} [${space.unit}]`, type: "log", ...logRange(errors) },
    series: [
      { type: "scatter", symbolSize: 6, itemStyle: { color: palette.series[0], opacity: 0.55 }, data: parameter.points.map(p => ({ value: [isNumber ? Number(p.value) : p.value, p.error], tip: tip(`draw ${p.draw}`, [[parameter.name, p.value], [space.metric, `${number(p.error)} ${space.unit}`]]) })) },
      { type: "line", silent: true, symbol: "none", lineStyle: { color: palette.series[1], width: 2 }, itemStyle: { color: palette.series[1] }, data: isNumber ? means.filter(b => b.from !== null && b.to !== null).map(b => [middle(b.from!, b.to!), b.mean]) : [] },
    ],
    tooltip: { formatter: (p: { data: { tip?: string } }) => p.data.tip ?? "" },
  });
}

export function sliceSheet(space: Space, parameter: Parameter): Sheet {
  return { columns: ["draw", parameter.name, `validation ${space.metric} [${space.unit}]`], rows: parameter.points.map(p => [p.draw, p.value, p.error]) };
}

const stateColour = (state: string, palette: Palette): string => (state === "kept" ? palette.good : state === "pruned" ? palette.faint : state === "failed" ? palette.bad : palette.accent);

/** Every draw as a line over the rungs that it reached. */
export function rungsOption(search: Search, palette: Palette): Option {
  const labels = search.rungs.map(r => (r.epochs === null ? "end" : count(r.epochs)));
  const at = (epochs: number | null) => search.rungs.findIndex(r => r.epochs === epochs);
  const errors = search.trials.flatMap(t => t.scores.map(s => s.validation));
  const order = ["pruned", "failed", "paused", "waiting", "training", "ended", "kept"];
  const trials = [...search.trials].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  return frame({
    palette, x: { name: "rung (epochs)", type: "category", data: labels }, y: { name: `validation${search.unit === null ? "" : ` [${search.unit}]`}`, type: "log", ...logRange(errors) },
    series: trials.map(t => ({
      type: "line", symbol: "circle", symbolSize: t.state === "kept" ? 8 : 5, lineStyle: { color: stateColour(t.state, palette), width: t.state === "kept" ? 2.5 : 1, opacity: t.state === "pruned" ? 0.5 : 0.9 },
      itemStyle: { color: stateColour(t.state, palette) }, z: t.state === "kept" ? 5 : 2,
      data: t.scores.filter(s => at(s.epochs) >= 0).map(s => ({ value: [at(s.epochs), s.validation], tip: tip(`draw ${t.draw}, ${t.state}`, [[s.epochs === null ? "at its end" : `after ${s.epochs} epochs`, `${number(s.validation)} ${search.unit ?? ""}`], ...Object.entries(t.settings)]) })),
    })),
    tooltip: { formatter: (p: { data: { tip?: string } }) => p.data.tip ?? "" },
  });
}

export function rungsSheet(search: Search): Sheet {
  const settings = [...new Set(search.trials.flatMap(t => Object.keys(t.settings)))];
  return { columns: ["draw", "state", ...settings, "epochs", "validation"], rows: search.trials.flatMap(t => t.scores.map(s => [t.draw, t.state, ...settings.map(k => t.settings[k]), s.epochs ?? "end", s.validation])) };
}
