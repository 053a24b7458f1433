/** Fewer points, same picture. */

export type Point = readonly [x: number, y: number];

/**
 * At most `limit` points of a curve, chosen by largest triangles (Steinarsson 2013): first and last stay, peaks survive.
 * Points whose y is not finite are left out before.
 */
export function decimate(points: readonly Point[], limit: number): Point[] {
  const finite = points.filter(p => Number.isFinite(p[0]) && Number.isFinite(p[1]));
  const n = finite.length;
  if (n <= limit || limit < 3) return finite;
  const out: Point[] = [finite[0]!];
  const width = (n - 2) / (limit - 2);
  let kept = finite[0]!;
  for (let bucket = 0; bucket < limit - 2; bucket++) {
    const start = Math.floor(bucket * width) + 1;
    const end = Math.floor((bucket + 1) * width) + 1;
    const [nextX, nextY] = mean(finite, end, Math.min(Math.floor((bucket + 2) * width) + 1, n));
    let best = finite[start]!;
    let bestArea = -1;
    for (let i = start; i < end; i++) {
      const p = finite[i]!;
      const area = Math.abs((kept[0] - nextX) * (p[1] - kept[1]) - (kept[0] - p[0]) * (nextY - kept[1]));
      if (area > bestArea) {
        bestArea = area;
        best = p;
      }
    }
    out.push(best);
    kept = best;
  }
  out.push(finite[n - 1]!);
  return out;
}

function mean(points: readonly Point[], start: number, end: number): Point {
  let x = 0;
  let y = 0;
  for (let i = start; i < end; i++) {
    x += points[i]![0];
    y += points[i]![1];
  }
  const n = Math.max(end - start, 1);
  return [x / n, y / n];
}

/** The value below which a share `q` of the sorted values lies, with linear interpolation. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}
