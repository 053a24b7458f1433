/** Geometry for drawing a crystal: atoms of one cell with those on its faces repeated, bonds, rotation and projection. Lengths in ångström. */
import { radiusOf } from "./elements";

export type Vector = readonly [number, number, number];

/** A periodic cell: rows of `lattice` are a, b, c; positions are fractional. */
export interface Cell {
  readonly lattice: readonly Vector[];
  readonly species: readonly string[];
  readonly positions: readonly Vector[];
}

export interface Atom {
  readonly symbol: string;
  readonly at: Vector;
}

export interface Scene {
  readonly atoms: readonly Atom[];
  /** Pairs of indices of atoms. */
  readonly bonds: readonly (readonly [number, number])[];
  /** The twelve edges of the cell. */
  readonly edges: readonly (readonly [Vector, Vector])[];
  readonly centre: Vector;
  /** Of a sphere around the centre that holds everything. */
  readonly radius: number;
}

export function cartesian(lattice: readonly Vector[], f: Vector): Vector {
  return [0, 1, 2].map(k => f[0] * lattice[0]![k]! + f[1] * lattice[1]![k]! + f[2] * lattice[2]![k]!) as unknown as Vector;
}

/** The scene of one cell. Atoms on a face, edge or corner are shown on all of them; cells of more than `bondLimit` atoms get no bonds. */
export function scene(cell: Cell, bondLimit = 400): Scene {
  const atoms: Atom[] = [];
  cell.positions.forEach((position, i) => {
    const wrapped = position.map(x => wrap(x)) as unknown as Vector;
    const choices = wrapped.map(x => (x < 1e-3 ? [x, x + 1] : x > 1 - 1e-3 ? [x - 1, x] : [x]));
    for (const a of choices[0]!) for (const b of choices[1]!) for (const c of choices[2]!) atoms.push({ symbol: cell.species[i] ?? "?", at: cartesian(cell.lattice, [a, b, c]) });
  });
  const corners = [0, 1].flatMap(a => [0, 1].flatMap(b => [0, 1].map(c => [a, b, c] as Vector)));
  const edges: [Vector, Vector][] = [];
  for (const p of corners) for (const q of corners) {
    const steps = p.filter((x, k) => x !== q[k]).length;
    if (steps === 1 && p.join() < q.join()) edges.push([cartesian(cell.lattice, p), cartesian(cell.lattice, q)]);
  }
  const centre = cartesian(cell.lattice, [0.5, 0.5, 0.5]);
  const ends = [...atoms.map(a => a.at), ...edges.flat()];
  const radius = Math.max(1, ...ends.map(p => distance(p, centre))) + 0.9;
  return { atoms, bonds: atoms.length <= bondLimit ? bonds(atoms) : [], edges, centre, radius };
}

/** Pairs nearer than 1.2 times the nearest distance of either atom, of unlike elements where the crystal has several. */
function bonds(atoms: readonly Atom[]): [number, number][] {
  const several = new Set(atoms.map(a => a.symbol)).size > 1;
  const pairs: [number, number, number][] = [];
  const nearest = atoms.map(() => Infinity);
  for (let i = 0; i < atoms.length; i++) for (let j = i + 1; j < atoms.length; j++) {
    if (several && atoms[i]!.symbol === atoms[j]!.symbol) continue;
    const d = distance(atoms[i]!.at, atoms[j]!.at);
    if (d < 0.3 || d > 4.5) continue;
    pairs.push([i, j, d]);
    nearest[i] = Math.min(nearest[i]!, d);
    nearest[j] = Math.min(nearest[j]!, d);
  }
  return pairs.filter(([i, j, d]) => d <= 1.2 * Math.min(nearest[i]!, nearest[j]!)).map(([i, j]) => [i, j]);
}

/** Rotation by `turn` about the vertical axis, then by `tilt` about the horizontal one (radians), about the scene's centre; z points to the eye. */
export function rotate(p: Vector, centre: Vector, turn: number, tilt: number): Vector {
  const [x, y, z] = [p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]];
  // The crystal's z axis points up on the screen.
  const [sx, sy, sz] = [x, z, -y];
  const x1 = sx * Math.cos(turn) + sz * Math.sin(turn);
  const z1 = -sx * Math.sin(turn) + sz * Math.cos(turn);
  return [x1, sy * Math.cos(tilt) - z1 * Math.sin(tilt), sy * Math.sin(tilt) + z1 * Math.cos(tilt)];
}

export function drawnRadius(symbol: string): number {
  return 0.75 * radiusOf(symbol);
}

function wrap(x: number): number {
  const y = x - Math.floor(x);
  return y > 1 - 1e-6 ? 0 : y;
}

function distance(a: Vector, b: Vector): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
