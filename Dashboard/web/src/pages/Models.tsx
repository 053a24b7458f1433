/** Models: where they come from, what they have seen, and predictions by them. */
import type { Model, Models, Provenance } from "../api/catalog";
import { useAnswer } from "../api/hooks";
import { href, useQuery } from "../app/router";
import { count, number, plural, short } from "../science/format";
import { Card, Empty, Waiting } from "../ui/parts";
import { PredictBox } from "./PredictBox";

const shownModels = 200;

export function ModelsPage({ name }: { name?: string }) {
  return name === undefined ? <ModelList /> : <ModelPage key={name} name={name} />;
}

function ModelList() {
  const { data, error } = useAnswer<Models>("/models");
  const [text, setText] = useQuery("text");
  if (data === null) return <Waiting error={error} />;
  const rows = data.models.filter(m => `${m.name} ${m.kind ?? ""} ${m.property ?? ""} ${m.origin}`.toLowerCase().includes(text.toLowerCase()));
  return (
    <>
      <div class="title"><h1>Models</h1><span class="grow" /><input type="search" aria-label="Filter models" placeholder="Filter" value={text} onInput={e => setText(e.currentTarget.value)} /></div>
      {data.models.length === 0 ? <Card><Empty>No model yet: a study keeps its parents and winners.</Empty></Card> : (
        <section class="card" aria-label="Models">
          <div class="scroll" style={{ maxHeight: "none" }}><table>
            <thead><tr><th scope="col">Model</th><th scope="col">Origin</th><th scope="col">Kind</th><th scope="col">Predicts</th><th scope="col" class="n">Error</th><th scope="col">About</th></tr></thead>
            <tbody>{rows.slice(0, shownModels).map(m => (
              <tr key={m.name}>
                <td><a href={href(["models", m.name])}><strong>{m.name.length > 40 ? m.name.slice(0, 12) + "…" : m.name}</strong></a></td><td><span class="status">{m.origin}</span></td><td>{m.kind ?? "–"}</td>
                <td>{m.property ?? "–"}{m.unit && <span class="note"> [{m.unit}]</span>}</td><td class="n">{number(m.error)}</td><td class="wrap wide">{m.problem !== null ? <span style={{ color: "var(--bad)" }}>{m.problem}</span> : m.about ?? ""}</td>
              </tr>
            ))}</tbody>
          </table></div>
          {rows.length === 0 && <Empty>No model matches.</Empty>}
          {rows.length > shownModels && <p class="note">The first {shownModels} of {plural(rows.length, "model")}; filter for others.</p>}
        </section>
      )}
    </>
  );
}

function ModelPage({ name }: { name: string }) {
  const { data: m, error } = useAnswer<Model>(`/models/${encodeURIComponent(name)}`);
  if (m === null) return <Waiting error={error} />;
  return (
    <>
      <div class="title"><h1>{m.name}</h1><span class="status">{m.kind}</span></div>
      <div class="grid">
        <PredictBox model={m} />
        <Card title="What it is">
          <dl class="facts">
            <dt>predicts</dt><dd>{m.property ?? "–"} {m.unit && `[${m.unit}]`}</dd>
            <dt>from</dt><dd>{m.needs === "formula" ? "a formula" : "a crystal structure"}</dd>
            <dt>parameters</dt><dd>{count(m.parameters)}{m.members > 0 && `, ${plural(m.members, "member")}`}</dd>
            {Object.entries(m.metrics).map(([k, v]) => <><dt>{k}</dt><dd>{number(v)}</dd></>)}
            {m.interval90 !== null && <><dt>90 % interval</dt><dd>± {number(m.interval90)} {m.unit}, from {plural(m.calibrationRows ?? 0, "row")}</dd></>}
            {m.elements.length > 0 && <><dt>elements</dt><dd>{m.elements.length > 24 ? `${count(m.elements.length)} elements` : m.elements.join(", ")}</dd></>}
            {m.states.length > 0 && <><dt>states</dt><dd>{m.states.join(", ")}</dd></>}
            {m.contentHash !== null && <><dt>content hash</dt><dd><code title={m.contentHash}>{m.contentHash.slice(0, 16)}</code></dd></>}
          </dl>
        </Card>
        <Card title="What it has seen">
          {m.trainedOn.length + m.parents.length === 0 ? <p class="note">The file does not say.</p> : (
            <ul class="list">
              {m.trainedOn.map(t => <Seen key={t.dataSet + t.column} seen={t} />)}
              {m.parents.map((p, i) => <li key={i}>parent {p.name === null ? "" : <code>{p.name.slice(0, 24)}</code>}{p.transfer !== null && `, transferred by ${p.transfer}`}<ul>{p.trainedOn.map(t => <Seen key={t.dataSet + t.column} seen={t} />)}</ul></li>)}
            </ul>
          )}
        </Card>
      </div>
      <Card title="Settings"><Settings values={{ ...m.settings, ...(m.training ?? {}) }} /></Card>
    </>
  );
}

function Seen({ seen }: { seen: Provenance }) {
  return <li>{seen.column} of <a href={href(["data", seen.dataSet])}>{seen.dataSet}</a>{seen.rows !== null && `, ${plural(seen.rows, "row")}`}</li>;
}

function Settings({ values }: { values: Readonly<Record<string, unknown>> }) {
  const entries = Object.entries(values);
  if (entries.length === 0) return <p class="note">None.</p>;
  return <dl class="pairs">{entries.map(([k, v]) => <div key={k}><dt>{k}</dt><dd>{typeof v === "number" ? short(v, 6) : typeof v === "object" ? <code>{JSON.stringify(v)}</code> : String(v)}</dd></div>)}</dl>;
}
