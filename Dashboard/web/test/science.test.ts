// @ts-nocheck: bundled by esbuild, without the types of Node.
import assert from "node:assert/strict";
import test from "node:test";
import { toCsv } from "../src/science/csv";
import { scene } from "../src/science/crystal";
import { decimate, quantile } from "../src/science/decimate";
import { elementsIn, place, symbols } from "../src/science/elements";
import { ago, bytes, count, duration, estimate, number, percent, short } from "../src/science/format";
import { place as layout } from "../src/science/layout";
import { href, parseRoute } from "../src/app/router";
import { arrange } from "../src/pages/study/arrange";
import { logRange } from "../src/charts/base";

test("numbers have the digits asked for", () => {
  assert.equal(number(0.1320499), "0.1320");
  assert.equal(short(0.1320499), "0.132");
  assert.equal(short(100), "100");
  assert.equal(number(0.13206), "0.1321");
  assert.equal(number(-2), "−2.000");
  assert.equal(number(12345.6), "12\u202f346");
  assert.equal(number(1234.5), "1235");
  assert.equal(number(1.5e-7, 3), "1.5e−7");
  assert.equal(number(null), "–");
  assert.equal(number(Infinity), "∞");
  assert.equal(count(1000000), "1\u202f000\u202f000");
  assert.equal(percent(0.456), "46 %");
  assert.equal(bytes(1234567), "1.2 MB");
});

test("an error has two digits, its mean the same places", () => {
  assert.equal(estimate(0.132456, 0.00612), "0.1325 ± 0.0061");
  assert.equal(estimate(128.4, 9.1), "128.4 ± 9.1");
  assert.equal(estimate(5234, 120), "5230 ± 120");
  assert.equal(estimate(0.5, null), "0.5000");
  assert.equal(estimate(null, 1), "–");
});

test("durations and moments", () => {
  assert.equal(duration(0.5), "0.5 s");
  assert.equal(duration(59.6), "60 s");
  assert.equal(duration(200), "3 min 20 s");
  assert.equal(duration(7500), "2 h 05 min");
  assert.equal(duration(3 * 86400 + 4 * 3600), "3 d 4 h");
  assert.equal(ago(0, 61_000), "1 min ago");
});

test("CSV quotes what needs it and defuses formulas", () => {
  assert.equal(toCsv({ columns: ["a", "b, c"], rows: [['x "y"', 1.5], [null, NaN], ["=1+1", "-2"]] }), 'a,"b, c"\r\n"x ""y""",1.5\r\n,\r\n\'=1+1,-2\r\n');
});

test("decimation keeps ends and the peak, and drops what is not finite", () => {
  const points = Array.from({ length: 1000 }, (_, i) => [i, i === 500 ? 100 : Math.sin(i / 50)] as const);
  const few = decimate(points, 50);
  assert.equal(few.length, 50);
  assert.deepEqual(few[0], points[0]);
  assert.deepEqual(few[49], points[999]);
  assert.ok(few.some(p => p[1] === 100));
  assert.deepEqual(decimate([[1, 1], [2, NaN], [3, 3]], 10), [[1, 1], [3, 3]]);
  assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
});

test("elements lie where the periodic table has them", () => {
  assert.equal(symbols.length, 118);
  const at = (s: string) => { const p = place(symbols.indexOf(s) + 1); return `${p.row},${p.column}`; };
  assert.deepEqual(["H", "He", "B", "Al", "Fe", "Xe", "La", "Lu", "Hf", "U", "Og"].map(at), ["1,1", "1,18", "2,13", "3,13", "4,8", "5,18", "9,3", "9,17", "6,4", "10,6", "7,18"]);
  const places = new Set(symbols.map((_, i) => JSON.stringify(place(i + 1))));
  assert.equal(places.size, 118);
  assert.deepEqual(elementsIn("Ba(TiO3)2"), ["Ba", "Ti", "O"]);
});

test("a crystal's corner atom is drawn on all eight corners, and bonds join unlike neighbours", () => {
  const a = 4;
  const s = scene({ lattice: [[a, 0, 0], [0, a, 0], [0, 0, a]], species: ["Cs", "Cl"], positions: [[0, 0, 0], [0.5, 0.5, 0.5]] });
  assert.equal(s.atoms.length, 9);
  assert.equal(s.edges.length, 12);
  assert.equal(s.bonds.length, 8);
  assert.deepEqual(s.centre, [2, 2, 2]);
});

test("a plan's layers do not cross without need", () => {
  const nodes = [{ id: "a", depth: 0 }, { id: "b", depth: 0 }, { id: "x", depth: 1 }, { id: "y", depth: 1 }];
  const { placed } = layout(nodes, [{ from: "a", to: "y" }, { from: "b", to: "x" }], 100, 50);
  assert.equal(placed.get("a")!.y < placed.get("b")!.y, placed.get("y")!.y < placed.get("x")!.y);
  assert.equal(placed.get("x")!.x, 100);
});

test("the address holds the view", () => {
  const route = parseRoute("#/study/my%20run/configurations?sort=-test&text=a%26b");
  assert.deepEqual(route, { path: ["study", "my run", "configurations"], query: { sort: "-test", text: "a&b" } });
  assert.equal(href(route.path, route.query), "#/study/my%20run/configurations?sort=-test&text=a%26b");
  assert.equal(href(["studies"], { text: "" }), "#/studies");
});

test("a report sorts, filters and groups its rows as the server would", () => {
  const row = (configuration: string, mode: string, validation: number | null) => ({ configuration, mode, validation, test: validation, runs: 1, settings: { lr: "0.1" } });
  const page = { total: 3, offset: 0, settings: ["lr"], groups: [], rows: [row("a", "full", 3), row("b", "scratch", null), row("c", "full", 1)] };
  assert.deepEqual(arrange(page, { sort: "validation" }).rows.map(r => r.configuration), ["c", "a", "b"]);
  assert.deepEqual(arrange(page, { sort: "validation", descending: true }).rows.map(r => r.configuration), ["a", "c", "b"]);
  assert.equal(arrange(page, { text: "C" }).total, 1);
  assert.deepEqual(arrange(page, { group: "mode" }).groups[0], { value: "full", configurations: 2, runs: 2, validation: 1, test: 1 });
});

test("logarithmic axes end at round numbers beyond the values", () => {
  assert.deepEqual(logRange([52, 390]), { min: 50, max: 500 });
});
