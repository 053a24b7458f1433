/** Data sets: what they hold, how their values are distributed, which rows were refused and why. */
import { useCallback } from "preact/hooks";
import type { Column, DataSet, DataSets, Histogram, Refused } from "../api/catalog";
import { query } from "../api/client";
import { useAnswer } from "../api/hooks";
import { setQuery, useQuery } from "../app/router";
import { histogramOption, histogramSheet } from "../charts/errors";
import type { Palette } from "../charts/palette";
import { count, number, plural } from "../science/format";
import { Figure } from "../ui/Figure";
import { Card, Empty, Waiting } from "../ui/parts";

export function DataPage({ name }: { name?: string }) {
  return name === undefined ? <SetList /> : <SetPage key={name} name={name} />;
}

function SetList() {
  const { data, error } = useAnswer<DataSets>("/datasets");
  const [text, setText] = useQuery("text");
  if (data === null) return <Waiting error={error} />;
  const rows = data.datasets.filter(d => `${d.name} ${d.title}`.toLowerCase().includes(text.toLowerCase()));
  return (
    <>
      <div class="title"><h1>Data sets</h1><span class="grow" /><input type="search" aria-label="Filter data sets" placeholder="Filter" value={text} onInput={e => setText(e.currentTarget.value)} /></div>
      <section class="card" aria-label="Data sets">
        <div class="scroll" style={{ maxHeight: "none" }}><table>
          <thead><tr><th scope="col">Name</th><th scope="col">Kind</th><th scope="col" class="n">Rows</th><th scope="col">About</th></tr></thead>
          <tbody>{rows.map(d => (
            <tr key={d.name} style={d.isHere ? undefined : { opacity: 0.7 }}>
              <td>{d.isHere ? <a href={`#/data/${encodeURIComponent(d.name)}`}><strong>{d.name}</strong></a> : d.name}</td><td>{d.kind}</td><td class="n">{d.rows === null ? "–" : count(d.rows)}</td>
              <td class="wrap wide">{d.title}{!d.isHere && <details class="note"><summary style={{ font: "inherit" }}>not here: how to obtain it</summary>{d.howToObtain}</details>}</td>
            </tr>
          ))}</tbody>
        </table></div>
        {rows.length === 0 && <Empty>No data set matches.</Empty>}
      </section>
    </>
  );
}

function SetPage({ name }: { name: string }) {
  const base = `/datasets/${encodeURIComponent(name)}`;
  const { data, error } = useAnswer<DataSet>(base);
  const refused = useAnswer<Refused>(data !== null && data.refused > 0 ? base + "/refused?limit=200" : null);
  const [picked] = useQuery("column");
  if (data === null) return <Waiting error={error} what="Reading the data set" />;
  const column = data.columns.find(c => c.name === picked) ?? data.columns.find(c => c.count > 0) ?? data.columns[0];
  return (
    <>
      <div class="title"><h1>{data.name}</h1><span class="status">{data.kind}</span></div>
      {data.title !== "" && data.title !== data.name && <p class="lead">{data.title}</p>}
      <div class="grid">
        <Card title="About">
          <dl class="facts">
            <dt>rows</dt><dd>{count(data.rows)}{data.refused > 0 && <span style={{ color: "var(--warn)" }}>, {count(data.refused)} refused</span>}</dd>
            {data.source !== null && <><dt>source</dt><dd>{data.source}</dd></>}
            {data.licence !== null && data.licence !== "" && <><dt>licence</dt><dd>{data.licence}</dd></>}
            {data.citations.length > 0 && <><dt>cite</dt><dd>{data.citations.map(c => <div key={c}>{c}</div>)}</dd></>}
            {data.contentHash !== null && <><dt>content hash</dt><dd><code title={data.contentHash}>{data.contentHash.slice(0, 16)}</code></dd></>}
          </dl>
          {data.problems.map(p => <p key={p} class="note" style={{ color: "var(--warn)" }}>{p}</p>)}
          {data.parts.map(p => <p key={p.column} class="note" style={{ marginTop: ".6rem" }}>{p.column}: {p.values.slice(0, 12).map(v => `${v.value} (${count(v.count)})`).join(", ")}{p.values.length > 12 && " …"}</p>)}
        </Card>
        {column !== undefined && <Distribution base={base} column={column} />}
      </div>
      <Card title="Columns">
        <div class="scroll" tabIndex={0} role="region" aria-label="Columns"><table>
          <thead><tr><th scope="col">Column</th><th scope="col">Unit</th><th scope="col" class="n">Values</th><th scope="col" class="n">Missing</th><th scope="col" class="n">Mean</th><th scope="col" class="n">SD</th><th scope="col" class="n" title="Mean absolute deviation">MAD</th><th scope="col" class="n">Min</th><th scope="col" class="n">5 %</th><th scope="col" class="n">Median</th><th scope="col" class="n">95 %</th><th scope="col" class="n">Max</th><th scope="col">About</th></tr></thead>
          <tbody>{data.columns.map(c => (
            <tr key={c.name} class={c === column ? "selected" : ""}>
              <td><button type="button" class="as-link" onClick={() => setQuery({ column: c.name })}>{c.name}</button></td><td>{c.unit ?? "–"}</td><td class="n">{count(c.count)}</td><td class="n">{count(c.missing)}</td>
              {[c.mean, c.standardDeviation, c.meanAbsoluteDeviation, c.min, c.q05, c.median, c.q95, c.max].map((v, i) => <td key={i} class="n">{number(v)}</td>)}<td class="wrap wide">{c.about ?? ""}</td>
            </tr>
          ))}</tbody>
        </table></div>
      </Card>
      {data.published.length > 0 && (
        <Card title="Published results on this set">
          <div class="scroll"><table>
            <thead><tr><th scope="col">Column</th><th scope="col">Metric</th><th scope="col" class="n">Value</th><th scope="col">Method</th><th scope="col">Input</th><th scope="col">Note</th></tr></thead>
            <tbody>{data.published.map((p, i) => <tr key={i}><td>{p.column}</td><td>{p.metric}</td><td class="n">{number(p.value)}</td><td>{p.method}</td><td>{p.input ?? "–"}</td><td class="wrap wide">{p.note ?? ""}</td></tr>)}</tbody>
          </table></div>
        </Card>
      )}
      <Card title="Refused rows">
        {data.refused === 0 ? <p class="note">Every row was taken.</p> : refused.data === null ? <Waiting error={refused.error} /> : (
          <div class="scroll" tabIndex={0} role="region" aria-label="Refused rows"><table>
            <thead><tr><th scope="col">File</th><th scope="col" class="n">Row</th><th scope="col">Id</th><th scope="col">Reason</th></tr></thead>
            <tbody>{refused.data.rows.map((r, i) => <tr key={i}><td>{r.file ?? "–"}</td><td class="n">{r.row ?? "–"}</td><td>{r.id ?? "–"}</td><td class="wrap wide">{r.reason}</td></tr>)}</tbody>
          </table>{refused.data.total > refused.data.rows.length && <p class="note">The first {refused.data.rows.length} of {plural(refused.data.total, "row")}.</p>}</div>
        )}
      </Card>
    </>
  );
}

function Distribution({ base, column }: { base: string; column: Column }) {
  const { data, error } = useAnswer<Histogram>(base + "/histogram" + query({ column: column.name, bins: 40 }));
  const option = useCallback((palette: Palette) => histogramOption(data!, palette), [data]);
  if (data === null || data.column !== column.name) return <Card title={column.name}><Waiting error={error} /></Card>;
  if (data.counts.length === 0) return <Card title={column.name}><Empty>No value in this column.</Empty></Card>;
  return (
    <Figure title={`Distribution of ${column.name}`} option={option} sheet={() => histogramSheet(data)} height={300}
      label={`Histogram of ${column.name}: ${plural(column.count, "value")} from ${number(column.min)} to ${number(column.max)} ${column.unit ?? ""}, median ${number(column.median)}`}
      note={column.missing > 0 ? `${plural(column.missing, "row")} without a value.` : undefined} />
  );
}
