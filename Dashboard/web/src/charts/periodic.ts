/** The periodic table as a stand-alone SVG. */
import { place, symbols } from "../science/elements";
import { number } from "../science/format";
import { escape, font } from "./base";

const side = 46;

/** @param share where on the scale from 0 to 1 a value lies. @param heat the colours of the scale's ends. */
export function periodicSvg(values: ReadonlyMap<string, number>, share: (value: number) => number, heat: readonly [string, string], title: string): string {
  const cells = symbols.map((symbol, i) => {
    const { row, column } = place(i + 1);
    const [x, y] = [(column - 1) * side, (row - 1) * side + 24];
    const value = values.get(symbol);
    const t = value === undefined ? 0 : share(value);
    const fill = value === undefined ? "none" : mix(heat[0], heat[1], t);
    const ink = value === undefined ? "#888" : luminance(fill) > 0.5 ? "#1b1f24" : "#ffffff";
    return `<rect x="${x + 1}" y="${y + 1}" width="${side - 3}" height="${side - 3}" rx="4" fill="${fill}" stroke="#8884"/><text x="${x + 5}" y="${y + 16}" font-weight="600" fill="${ink}">${symbol}</text>`
      + (value === undefined ? "" : `<text x="${x + 5}" y="${y + 36}" font-size="10" fill="${ink}">${number(value, 2)}</text>`);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${18 * side}" height="${10 * side + 24}" font-family="${font}" font-size="13"><text x="2" y="14" fill="#888">${escape(title)}</text>${cells.join("")}</svg>`;
}

/** Of two `#rrggbb`. */
function mix(a: string, b: string, t: number): string {
  return "#" + [1, 3, 5].map(i => Math.round(channel(a, i) + t * (channel(b, i) - channel(a, i))).toString(16).padStart(2, "0")).join("");
}

function luminance(colour: string): number {
  return (0.299 * channel(colour, 1) + 0.587 * channel(colour, 3) + 0.114 * channel(colour, 5)) / 255;
}

function channel(colour: string, at: number): number {
  return parseInt(colour.slice(at, at + 2), 16);
}
