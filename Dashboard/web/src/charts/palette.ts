/** Colours of the present theme, read from the style sheet, so that charts and pages never differ. */

export interface Palette {
  readonly text: string;
  readonly faint: string;
  readonly border: string;
  readonly surface: string;
  readonly accent: string;
  readonly good: string;
  readonly bad: string;
  readonly series: readonly string[];
}

export function readPalette(element: Element = document.documentElement): Palette {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: read("--text"), faint: read("--faint"), border: read("--border"), surface: read("--surface"), accent: read("--accent"), good: read("--good"), bad: read("--bad"),
    series: read("--series").split(/\s+/),
  };
}

/** One colour and sign per name, in the order met: the same name has the same colour in every chart of a page. */
export function colours(names: readonly string[], palette: Palette): (name: string) => string {
  const order = new Map([...new Set(names)].map((name, i) => [name, i]));
  return name => palette.series[(order.get(name) ?? 0) % palette.series.length]!;
}

const signs = ["circle", "triangle", "rect", "diamond", "pin", "arrow", "roundRect"];
export function sign(index: number): string {
  return signs[index % signs.length]!;
}
