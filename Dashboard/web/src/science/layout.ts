/** Places for the nodes of a plan: layers from left to right, few crossings. */

export interface Placed { readonly id: string; readonly x: number; readonly y: number }
interface Edge { readonly from: string; readonly to: string }

/** Rows within a layer are ordered by the mean row of a node's neighbours, swept a few times (Sugiyama's barycentres). */
export function place(nodes: readonly { readonly id: string; readonly depth: number }[], edges: readonly Edge[], columnWidth: number, rowHeight: number): { placed: Map<string, Placed>; width: number; height: number } {
  const depths = [...new Set(nodes.map(n => n.depth))].sort((a, b) => a - b);
  const layers = depths.map(d => nodes.filter(n => n.depth === d).map(n => n.id));
  const row = new Map<string, number>();
  layers.forEach(layer => layer.forEach((id, i) => row.set(id, i)));
  const neighbours = (id: string, back: boolean) => edges.filter(e => (back ? e.to : e.from) === id).map(e => (back ? e.from : e.to));
  for (let sweep = 0; sweep < 6; sweep++) {
    const back = sweep % 2 === 0;
    for (const layer of back ? layers : [...layers].reverse()) {
      const weight = new Map(layer.map(id => {
        const near = neighbours(id, back).map(n => row.get(n) ?? 0);
        return [id, near.length === 0 ? row.get(id)! : near.reduce((a, b) => a + b, 0) / near.length];
      }));
      layer.sort((a, b) => weight.get(a)! - weight.get(b)!);
      layer.forEach((id, i) => row.set(id, i));
    }
  }
  const tallest = Math.max(1, ...layers.map(l => l.length));
  const placed = new Map<string, Placed>();
  layers.forEach((layer, column) => layer.forEach((id, i) => placed.set(id, { id, x: column * columnWidth, y: (i + (tallest - layer.length) / 2) * rowHeight })));
  return { placed, width: layers.length * columnWidth, height: tallest * rowHeight };
}
