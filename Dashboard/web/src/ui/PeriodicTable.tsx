/** A value per element, on the periodic table. */
import { periodicSvg } from "../charts/periodic";
import { number } from "../science/format";
import { place, symbols } from "../science/elements";

export interface ElementValue { readonly symbol: string; readonly value: number; readonly words: string }

/** A logarithmic scale: errors of elements differ by orders of magnitude. */
function scaleOf(values: readonly ElementValue[]): { low: number; high: number; share: (value: number) => number } {
  const positive = values.map(v => v.value).filter(v => v > 0);
  const [low, high] = positive.length === 0 ? [0, 1] : [Math.min(...positive), Math.max(...positive)];
  return { low, high, share: v => (high > low && v > 0 ? Math.log(v / low) / Math.log(high / low) : 0) };
}

/** The table as an SVG document, in the theme's colours. */
export function tableSvg(values: readonly ElementValue[], title: string): string {
  const style = getComputedStyle(document.documentElement);
  const heat = ["--heat-low", "--heat-high"].map(name => style.getPropertyValue(name).trim()) as [string, string];
  return periodicSvg(new Map(values.map(v => [v.symbol, v.value])), scaleOf(values).share, heat, title);
}

export function PeriodicTable({ values, label, unit }: { values: readonly ElementValue[]; label: string; unit: string }) {
  const known = new Map(values.map(v => [v.symbol, v]));
  const { low, high, share } = scaleOf(values);
  return (
    <>
      <div class="periodic" role="list" aria-label={label}>
        {symbols.map((symbol, i) => {
          const { row, column } = place(i + 1);
          const found = known.get(symbol);
          const style = { gridRow: row, gridColumn: column };
          if (found === undefined) return <span key={symbol} style={style} aria-hidden="true"><b>{symbol}</b></span>;
          const t = share(found.value);
          return (
            <span key={symbol} role="listitem" tabIndex={0} title={found.words} aria-label={found.words}
              style={{ ...style, background: `color-mix(in oklab, var(--heat-high) ${Math.round(100 * t)}%, var(--heat-low))`, color: t > 0.55 ? "var(--heat-on-high)" : "var(--heat-on-low)" }}>
              <b>{symbol}</b><small>{number(found.value, 2)}</small>
            </span>
          );
        })}
        <span class="gap" style={{ gridRow: 8, gridColumn: 1, aspectRatio: "auto", height: 8 }} />
      </div>
      <p class="scale" style={{ marginTop: ".6rem" }} aria-hidden="true">{number(low, 2)}<i style={{ background: "linear-gradient(90deg in oklab, var(--heat-low), var(--heat-high))" }} />{number(high, 2)} {unit}</p>
    </>
  );
}
