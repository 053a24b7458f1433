/** A crystal that turns under the mouse or the arrow keys: spheres by element, the cell's box, bonds. Plain canvas. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Cell, drawnRadius, rotate, scene } from "../science/crystal";
import { colourOf } from "../science/elements";

interface Props {
  readonly cell: Cell;
  readonly label: string;
  readonly size?: number;
}

type Piece = { z: number; draw: (c: CanvasRenderingContext2D) => void };

export function CrystalView({ cell, label, size = 280 }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [angles, setAngles] = useState({ turn: 0.5, tilt: 0.35 });
  const drag = useRef<{ x: number; y: number } | null>(null);
  const world = useMemo(() => scene(cell), [cell]);
  const species = [...new Set(cell.species)];

  useEffect(() => {
    const element = canvas.current;
    const c = element?.getContext("2d");
    if (!element || !c) return;
    const ratio = devicePixelRatio || 1;
    element.width = element.height = size * ratio;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, size, size);
    const scale = size / 2 / world.radius;
    const line = getComputedStyle(element).getPropertyValue("--faint") || "#888";
    const to = (p: readonly [number, number, number]) => {
      const [x, y, z] = rotate(p, world.centre, angles.turn, angles.tilt);
      return { x: size / 2 + x * scale, y: size / 2 - y * scale, z };
    };
    const pieces: Piece[] = [];
    const segment = (a: ReturnType<typeof to>, b: ReturnType<typeof to>, width: number, colour: string, nudge: number) =>
      pieces.push({ z: (a.z + b.z) / 2 + nudge, draw: d => { d.strokeStyle = colour; d.lineWidth = width; d.beginPath(); d.moveTo(a.x, a.y); d.lineTo(b.x, b.y); d.stroke(); } });
    for (const [a, b] of world.edges) segment(to(a), to(b), 1, line, -0.2);
    for (const [i, j] of world.bonds) {
      const [p, q] = [world.atoms[i]!, world.atoms[j]!];
      const [a, b] = [to(p.at), to(q.at)];
      const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, z: (a.z + b.z) / 2 };
      segment(a, middle, Math.max(2, 0.16 * scale), shade(colourOf(p.symbol)), -0.3);
      segment(middle, b, Math.max(2, 0.16 * scale), shade(colourOf(q.symbol)), -0.3);
    }
    for (const atom of world.atoms) {
      const p = to(atom.at);
      const r = Math.max(2, drawnRadius(atom.symbol) * scale);
      pieces.push({ z: p.z, draw: d => sphere(d, p.x, p.y, r, colourOf(atom.symbol)) });
    }
    pieces.sort((a, b) => a.z - b.z);
    c.lineCap = "round";
    for (const piece of pieces) piece.draw(c);
  }, [world, angles, size]);

  const turn = (dx: number, dy: number) => setAngles(a => ({ turn: a.turn + dx, tilt: Math.max(-1.57, Math.min(1.57, a.tilt + dy)) }));
  return (
    <figure class="crystal">
      <canvas
        ref={canvas} style={{ width: size, height: size }} tabIndex={0} role="img"
        aria-label={`${label}: unit cell with ${cell.species.length} atoms of ${species.join(", ")}. Arrow keys turn it.`}
        onPointerDown={e => { drag.current = { x: e.clientX, y: e.clientY }; e.currentTarget.setPointerCapture(e.pointerId); }}
        onPointerMove={e => {
          if (!drag.current) return;
          turn((e.clientX - drag.current.x) / 90, (e.clientY - drag.current.y) / 90);
          drag.current = { x: e.clientX, y: e.clientY };
        }}
        onPointerUp={() => { drag.current = null; }}
        onKeyDown={e => {
          const step = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, -0.15], ArrowDown: [0, 0.15] }[e.key];
          if (!step) return;
          e.preventDefault();
          turn(step[0]!, step[1]!);
        }}
      />
      <figcaption>{species.map(s => <span key={s} class="swatch"><i style={{ background: colourOf(s) }} />{s}</span>)}</figcaption>
    </figure>
  );
}

function sphere(c: CanvasRenderingContext2D, x: number, y: number, r: number, colour: string) {
  const light = c.createRadialGradient(x - r * 0.35, y - r * 0.4, r * 0.1, x, y, r);
  light.addColorStop(0, "#fff");
  light.addColorStop(0.3, colour);
  light.addColorStop(1, shade(colour));
  c.fillStyle = light;
  c.beginPath();
  c.arc(x, y, r, 0, 2 * Math.PI);
  c.fill();
  c.strokeStyle = "rgba(0,0,0,.35)";
  c.lineWidth = 0.6;
  c.stroke();
}

/** A darker tone of a #rrggbb colour; others stay. */
function shade(colour: string): string {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return colour;
  return "#" + [1, 3, 5].map(i => Math.round(parseInt(colour.slice(i, i + 2), 16) * 0.62).toString(16).padStart(2, "0")).join("");
}
