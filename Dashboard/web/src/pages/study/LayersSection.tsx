/** Errors by layer of the parent that was transferred, and by source. */
import { useCallback } from "preact/hooks";
import { report } from "../../api/client";
import type { Facet, Facets } from "../../api/types";
import { useQuery } from "../../app/router";
import type { Palette } from "../../charts/palette";
import { facetOption, facetSheet } from "../../charts/transfer";
import { number } from "../../science/format";
import { Figure } from "../../ui/Figure";
import { Choice, Empty, Waiting } from "../../ui/parts";
import { type StudyProps, useResults } from "./context";

export function LayersSection(props: StudyProps) {
  const { has } = props.study;
  const [by, setBy] = useQuery("by", has.layers ? "layer" : "source");
  const { data, error } = useResults<Facets>(props, "/facets", { by });
  const offered = report === null ? ["layer", "source", "model", "mode", "weights"] : ["layer", "source"];
  const rows = data?.by === by ? data.rows : [];
  const targets = [...new Set(rows.map(r => r.target))];
  return (
    <>
      <div class="row"><Choice label="errors by" value={by} options={offered.filter(o => o !== "layer" || has.layers).map(o => [o, o] as const)} onChange={setBy} /></div>
      {data === null ? <Waiting error={error} /> : rows.length === 0 && <Empty>No result by {by} yet.</Empty>}
      {targets.map(t => <Target key={t} target={t} by={by} rows={rows.filter(r => r.target === t)} />)}
    </>
  );
}

function Target({ target, by, rows }: { target: string; by: string; rows: readonly Facet[] }) {
  const option = useCallback((palette: Palette) => facetOption(rows, by, palette), [JSON.stringify(rows), by]);
  const best = [...rows].sort((a, b) => a.mean - b.mean)[0]!;
  return (
    <Figure title={`${target}: error by ${by}`} option={option} sheet={() => facetSheet(rows, by)} height={380}
      label={`Error of ${target} by ${by}; the lowest is ${number(best.mean)} ${best.unit} with ${best.value ?? "none"}`}
      note={rows.some(r => r.selected) ? "Large marks: chosen by validation. Whiskers are standard errors." : "Whiskers are standard errors."} />
  );
}
