/** The parts of Apache ECharts that the charts use, and how one is drawn, kept and saved. Loaded when the first chart is shown. */
import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, DataZoomInsideComponent, GridComponent, LegendScrollComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";

use([BarChart, CustomChart, LineChart, ScatterChart, AriaComponent, DataZoomInsideComponent, GridComponent, LegendScrollComponent, MarkLineComponent, TooltipComponent, CanvasRenderer, SVGRenderer]);

export type Option = EChartsCoreOption;
export type Chart = EChartsType;

export function mount(element: HTMLElement, heavy: boolean): Chart {
  return init(element, null, { renderer: heavy ? "canvas" : "svg" });
}

/** The chart as a stand-alone SVG document. */
export function toSvg(option: Option, width: number, height: number, background: string): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({ ...option, animation: false, backgroundColor: background, tooltip: undefined, dataZoom: undefined });
  const text = chart.renderToSVGString();
  chart.dispose();
  return text;
}
