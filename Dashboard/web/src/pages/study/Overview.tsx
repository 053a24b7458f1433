/** What a study is, how far it is, what it does now and what it found so far. */
import { useAnswer } from "../../api/hooks";
import { report, study as path } from "../../api/client";
import type { Scaling } from "../../api/types";
import { count, duration, estimate, number, percent, plural } from "../../science/format";
import { Card, Empty, ProgressBar, Stat, Waiting } from "../../ui/parts";
import { WorkerTable } from "../WorkerTable";
import { ScalingFigure } from "./ScalingFigure";
import type { StudyProps } from "./context";

export function Overview({ study, progress: p, revision }: StudyProps) {
  const scaling = useAnswer<Scaling>(study.has.scaling ? path(study.name, "/scaling") : null, revision).data;
  const first = scaling?.targets[0] ?? scaling?.sources[0];
  const running = p.status === "running";
  return (
    <>
      {study.description !== "" && <p class="lead">{study.description}</p>}
      <Card label="Progress">
        <dl class="stats">
          <Stat name="Trials finished" value={`${count(p.finished)} / ${count(Math.max(p.planned, p.trials))}`} hint={p.reused > 0 ? `${count(p.reused)} of them known before` : undefined} />
          {running && <Stat name="Running" value={count(p.running)} hint={`${count(p.waiting + p.waitingForParents)} waiting`} />}
          {running && <Stat name="Time left" value={duration(p.remaining)} hint={p.remainingLow !== null && p.remainingHigh !== null ? `${duration(p.remainingLow)} to ${duration(p.remainingHigh)}` : undefined} />}
          {p.failed + p.blocked > 0 && <Stat name="Failed" value={count(p.failed)} hint={p.blocked > 0 ? `${count(p.blocked)} blocked by them` : undefined} />}
          {p.skipped > 0 && <Stat name="Skipped" value={count(p.skipped)} hint="budget spent" />}
          {p.best !== null && <Stat name={`Best validation ${p.best.metric}`} value={number(p.best.value)} hint={p.best.unit} />}
          {!running && p.elapsed !== null && <Stat name="Took" value={duration(p.elapsed)} />}
          {study.looks.length > 0 && <Stat name="Looks at test rows" value={count(study.looks.reduce((n, l) => n + l.studyLooks, 0))} hint="by this study" />}
          {running && p.trainingsPerHour !== null && <Stat name="Trainings per hour" value={number(p.trainingsPerHour, 3)} />}
          {p.coreHoursBudget !== null && <Stat name="Core hours" value={`${number(p.coreHoursTaken, 3)} / ${number(p.coreHoursBudget, 3)}`} />}
        </dl>
        <div style={{ marginTop: "1rem" }}>
          <ProgressBar label="Trials" total={Math.max(p.planned, p.trials)} parts={[
            { name: "finished", value: p.finished, kind: "done" }, { name: "failed", value: p.failed + p.blocked, kind: "bad" },
            { name: "skipped", value: p.skipped, kind: "skipped" }, { name: "running", value: p.running, kind: "busy" }]} />
        </div>
        {!p.complete && <p class="note" style={{ marginTop: ".6rem" }} role="status">Counted; searches and the best so far come when the study's log is read.</p>}
        {p.message !== null && <p class="note" style={{ marginTop: ".6rem" }}>{p.message}</p>}
      </Card>
      {p.workers.length > 0 && <Card title="Running now"><WorkerTable workers={p.workers} /></Card>}
      <div class="masonry">
        {study.has.scaling && scaling === null && <Card title="Error by training rows"><Waiting /></Card>}
        {first && <ScalingFigure data={first} title={`Error of ${first.target} by training rows`} />}
        {p.leaders.length > 0 && (
          <Card title="Best by validation">
            <div class="scroll"><table>
              <thead><tr><th scope="col">What</th><th scope="col">Configuration</th><th scope="col" class="n">Validation</th><th scope="col" class="n">Of</th></tr></thead>
              <tbody>{p.leaders.map(l => <tr key={l.what + l.configuration}><td>{l.what}</td><td class="wrap">{l.configuration}</td><td class="n" title={l.score.metric}>{estimate(l.score.value, l.standardError)} {l.score.unit}</td><td class="n">{count(l.compared)}</td></tr>)}</tbody>
            </table></div>
          </Card>
        )}
        <Card title="Targets">
          {study.targets.length === 0 ? <Empty>No target: the study trains sources only.</Empty> : (
            <div class="scroll"><table>
              <thead><tr><th scope="col">Target</th><th scope="col">Property</th><th scope="col">Data set</th><th scope="col">Modes</th><th scope="col">Rows</th></tr></thead>
              <tbody>{study.targets.map(t => <tr key={t.name}><td>{t.name}</td><td class="wrap">{t.property} <span class="note">[{t.unit}]</span></td><td><DataLink name={t.dataSet} /></td><td class="wrap">{t.modes.join(", ")}</td><td class="wrap">{t.sizes.map(s => count(s)).join(", ")}</td></tr>)}</tbody>
            </table></div>
          )}
        </Card>
        {study.sources.length > 0 && (
          <Card title="Sources">
            <div class="scroll"><table>
              <thead><tr><th scope="col">Source</th><th scope="col">Property</th><th scope="col">Data set</th><th scope="col">Rows</th></tr></thead>
              <tbody>{study.sources.map(s => <tr key={s.name}><td>{s.name}</td><td class="wrap">{s.property} <span class="note">[{s.unit}]</span></td><td><DataLink name={s.dataSet} /></td><td>{s.sizes.map(n => count(n)).join(", ")}</td></tr>)}</tbody>
            </table></div>
          </Card>
        )}
        {study.missing.length > 0 && (
          <Card title="What is missing, and why">
            <ul class="list">{study.missing.map(m => <li key={m.reason}><strong>{plural(m.steps, "step")}</strong>: {m.reason} <span class="note">such as {m.example}</span></li>)}</ul>
          </Card>
        )}
        {(study.facts.length > 0 || study.looks.length > 0) && (
          <Card title="Data and fairness">
            <ul class="list">
              {study.facts.map(f => <li key={f.kind + f.text}>{f.text}</li>)}
              {study.looks.map(l => <li key={l.dataSet + l.target + l.rows}>Test rows of {l.target} ({l.dataSet}, {plural(l.rowCount, "row")}): looked at {plural(l.studyLooks, "time")} by this study, {count(l.looks)} in the whole database.</li>)}
            </ul>
          </Card>
        )}
        {p.searches.length > 0 && running && (
          <Card title="Searches">
            <ul class="list">{p.searches.slice(0, 12).map(s => <li key={s.search}><div>{s.search}: {count(s.ended)} of {plural(s.draws, "draw")} ({percent(s.ended / Math.max(s.draws, 1))})</div><ProgressBar label={s.search} total={s.draws} parts={[{ name: "ended", value: s.ended, kind: "done" }, { name: "drawn", value: s.drawn - s.ended, kind: "busy" }]} /></li>)}</ul>
          </Card>
        )}
        {p.recent.length > 0 && running && <Card title="Latest"><ul class="list">{p.recent.slice(-12).reverse().map((r, i) => <li key={i} class="note" style={{ margin: 0 }}>{r.text}</li>)}</ul></Card>}
      </div>
      {study.source !== null && <section class="card"><details><summary>Study file</summary><pre tabIndex={0}>{study.source}</pre></details></section>}
    </>
  );
}

function DataLink({ name }: { name: string }) {
  return report !== null ? <>{name}</> : <a href={`#/data/${encodeURIComponent(name)}`}>{name}</a>;
}
