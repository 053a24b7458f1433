/** Where a study's predictions are wrong: parity, worst materials, elements. */
import { useCallback, useEffect, useState } from "preact/hooks";
import type { Material } from "../../api/catalog";
import { query, report, study as path } from "../../api/client";
import { useAnswer } from "../../api/hooks";
import type { Elements, Parity, Worst, WorstRow } from "../../api/types";
import { setQuery, useQuery } from "../../app/router";
import { parityOption, paritySheet } from "../../charts/errors";
import type { Palette } from "../../charts/palette";
import { count, number, plural, short } from "../../science/format";
import { CrystalView } from "../../ui/CrystalView";
import { Figure } from "../../ui/Figure";
import { PeriodicTable, tableSvg } from "../../ui/PeriodicTable";
import { save } from "../../ui/save";
import { toCsv } from "../../science/csv";
import { Card, Choice, Empty, Name, Waiting } from "../../ui/parts";
import { type StudyProps, useFilters } from "./context";

export function ErrorsSection(props: StudyProps) {
  const { study, revision } = props;
  const { target: _, ...filters } = useFilters();
  const [target, setTarget] = useQuery("target", study.targets[0]?.name ?? "");
  const [material, setMaterial] = useQuery("material");
  // Formulas of large sets are read in the background: ask again until they are there.
  const [again, setAgain] = useState(0);
  const parity = useAnswer<Parity>(path(study.name, "/parity" + query({ target, limit: 5000, ...filters })), revision + again);
  const worst = useAnswer<Worst>(path(study.name, "/worst" + (report === null ? query({ limit: 20, target, ...filters }) : "?limit=20")), revision + again);
  const elements = useAnswer<Elements>(path(study.name, "/elements" + query({ target, ...filters })), revision + again);
  const loading = [parity.data, worst.data, elements.data].some(a => a?.formulas === "loading");
  useEffect(() => {
    if (!loading) return;
    const timer = setTimeout(() => setAgain(n => n + 1), 3000);
    return () => clearTimeout(timer);
  }, [loading, again]);
  // A report's list is of all targets.
  const subject = study.targets.find(t => t.name === target);
  const rows = worst.data?.rows.filter(r => report === null || subject === undefined || (r.property === subject.property && r.dataSet === subject.dataSet)) ?? [];
  const shown = rows.find(r => r.material === material) ?? rows[0];
  return (
    <>
      {report !== null && study.targets.length > 1 && <div class="row"><Choice label="target" value={target} options={study.targets.map(t => [t.name, t.name] as const)} onChange={setTarget} /></div>}
      <div class="grid">
        {parity.data === null ? <Card title="Parity"><Waiting error={parity.error} /></Card> : <ParityFigure parity={parity.data} onPick={m => setQuery({ material: m })} />}
        {shown === undefined && material === "" ? null : <MaterialCard study={study.name} dataSet={shown?.dataSet ?? parity.data?.dataSet ?? ""} id={material !== "" ? material : shown!.material} row={shown?.material === (material || shown?.material) ? shown : undefined} />}
      </div>
      <Card title="Worst materials">
        {rows.length === 0 ? <Empty>No test prediction yet.</Empty> : (
          <div class="scroll" tabIndex={0} role="region" aria-label="Worst materials"><table>
            <thead><tr><th scope="col" class="n">#</th><th scope="col">Material</th><th scope="col">Formula</th><th scope="col">Property</th><th scope="col" class="n">True</th><th scope="col" class="n">Mean error</th><th scope="col" class="n">Mean residual</th><th scope="col">Unit</th><th scope="col" class="n">Predictions</th></tr></thead>
            <tbody>{rows.map(r => (
              <tr key={r.dataSet + r.property + r.material} class={r === shown ? "selected" : ""}>
                <td class="n">{r.rank}</td><td><button type="button" class="as-link" onClick={() => setMaterial(r.material)}>{r.material}</button></td><td>{r.formula ?? "–"}</td><td>{r.property}</td>
                <td class="n">{number(r.truth)}</td><td class="n">{number(r.meanError)}</td><td class="n">{number(r.meanResidual)}</td><td>{r.unit}</td><td class="n">{count(r.predictions)}</td>
              </tr>
            ))}</tbody>
          </table></div>
        )}
      </Card>
      {elements.data !== null && elements.data.elements.length > 0 && <ElementCard data={elements.data} />}
    </>
  );
}

function ParityFigure({ parity, onPick }: { parity: Parity; onPick: (material: string) => void }) {
  const option = useCallback((palette: Palette) => parityOption(parity, palette), [parity]);
  if (parity.rows.length === 0) return <Card title="Parity"><Empty>No test prediction yet.</Empty></Card>;
  const facts = `MAE ${number(parity.mae)} ${parity.unit}, RMSE ${number(parity.rmse)} ${parity.unit}, R² ${number(parity.r2, 3)}`;
  return (
    <Figure title={`Predicted against true ${parity.property}`} option={option} sheet={() => paritySheet(parity)} height={440} heavy={parity.rows.length > 800}
      onClick={d => { const m = (d as { material?: string } | null)?.material; if (m !== undefined) onPick(m); }}
      label={`Parity plot of ${plural(parity.rows.length, "test material")}: ${facts}`}
      note={`${plural(parity.total, "test material")}, mean over evaluations: ${facts}. Point at a dot for its material, click for its crystal.`} />
  );
}

function MaterialCard({ study, dataSet, id, row }: { study: string; dataSet: string; id: string; row?: WorstRow }) {
  const { data, error } = useAnswer<Material>(dataSet === "" ? null : path(study, "/material" + query({ data: dataSet, id })));
  const c = data?.id === id ? data.crystal : null;
  return (
    <Card title={data?.formula ? `${data.formula} (${id})` : id}>
      {data === null || data.id !== id ? <Waiting error={error} what="Reading the material" /> : (
        <div class="beside">
          {c === null ? <p class="note">A composition: no structure.</p> : <CrystalView label={data.formula ?? id} cell={{ lattice: c.lattice, species: c.sites.map(s => s.element), positions: c.sites.map(s => s.fractional) }} />}
          <dl class="facts">
            {row !== undefined && <><dt>rank</dt><dd>{row.rank} of the worst</dd><dt>true</dt><dd>{number(row.truth)} {row.unit}</dd><dt>mean error</dt><dd>{number(row.meanError)} {row.unit}</dd></>}
            {c !== null && <><dt>a, b, c</dt><dd>{c.lengths.map(l => short(l)).join(", ")} Å</dd><dt>α, β, γ</dt><dd>{c.angles.map(a => short(a)).join(", ")} °</dd><dt>volume</dt><dd>{number(c.volume)} Å³</dd><dt>atoms</dt><dd>{count(c.sites.length)}</dd></>}
            <dt>data set</dt><dd>{report === null ? <a href={`#/data/${encodeURIComponent(dataSet)}`}>{dataSet}</a> : dataSet}</dd>
            {Object.entries(data.values).slice(0, 8).map(([k, v]) => <><dt><Name text={k} /></dt><dd>{number(v)}</dd></>)}
          </dl>
        </div>
      )}
    </Card>
  );
}

function ElementCard({ data }: { data: Elements }) {
  const sheet = () => ({ columns: ["symbol", "number", "materials", `mean error [${data.unit}]`, `mean residual [${data.unit}]`], rows: data.elements.map(e => [e.symbol, e.number, e.materials, e.meanError, e.meanResidual]) });
  const values = data.elements.map(e => ({ symbol: e.symbol, value: e.meanError, words: `${e.symbol}: mean error ${number(e.meanError)} ${data.unit}, mean residual ${number(e.meanResidual)}, ${plural(e.materials, "material")}` }));
  const tools = (
    <div class="tools">
      <button type="button" onClick={() => save("error-by-element.csv", "text/csv", toCsv(sheet()))}>CSV</button>
      <button type="button" onClick={() => save("error-by-element.svg", "image/svg+xml", tableSvg(values, `Mean absolute test error by element [${data.unit}]`))}>SVG</button>
    </div>
  );
  return (
    <Card title="Error by element" tools={tools}>
      <p class="note">Mean absolute test error of the materials that contain the element, in {data.unit}.</p>
      <PeriodicTable label="Error by element" unit={data.unit} values={values} />
    </Card>
  );
}
