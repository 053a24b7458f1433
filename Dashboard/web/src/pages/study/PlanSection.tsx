/** The plan as a graph: what is trained from what, chosen and tested, and how far each part is; below, the steps of one part and the decisions. */
import { useMemo, useRef } from "preact/hooks";
import { query, report, study as path } from "../../api/client";
import { useAnswer } from "../../api/hooks";
import type { Decisions, Plan, PlanNode, Steps } from "../../api/types";
import { setQuery, useQuery } from "../../app/router";
import { readPalette } from "../../charts/palette";
import { toCsv } from "../../science/csv";
import { count, plural } from "../../science/format";
import { place } from "../../science/layout";
import { Card, Empty, Status, Waiting } from "../../ui/parts";
import { save } from "../../ui/save";
import type { StudyProps } from "./context";

const [nodeWidth, nodeHeight, columnWidth, rowHeight] = [218, 50, 290, 66];

export function PlanSection({ study, revision }: StudyProps) {
  const { data, error } = useAnswer<Plan>(path(study.name, "/plan"), revision);
  const [picked, setPicked] = useQuery("node");
  if (data === null) return <Waiting error={error} />;
  if (data.nodes.length === 0) return <Empty>The plan has no step yet.</Empty>;
  return (
    <>
      <Graph plan={data} picked={picked} onPick={id => setPicked(id === picked ? "" : id)} />
      {report === null && picked !== "" && <StepTable name={study.name} group={picked} label={data.nodes.find(n => n.id === picked)?.label ?? picked} revision={revision} />}
      {report === null && <DecisionTable name={study.name} revision={revision} />}
    </>
  );
}

function Graph({ plan, picked, onPick }: { plan: Plan; picked: string; onPick: (id: string) => void }) {
  const svg = useRef<SVGSVGElement>(null);
  const { placed, width, height } = useMemo(() => place(plan.nodes, plan.edges, columnWidth, rowHeight), [plan]);
  const csv = () => save("plan.csv", "text/csv", toCsv({ columns: ["kind", "label", "steps", "finished", "failed", "from"], rows: plan.nodes.map(n => [n.kind, n.label, n.count, n.finished, n.failed, plan.edges.filter(e => e.to === n.id).map(e => e.from).join("; ")]) }));
  const saveSvg = () => {
    if (svg.current === null) return;
    const copy = svg.current.cloneNode(true) as SVGSVGElement;
    const colours = readPalette();
    const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
    style.textContent = `text{font:12px system-ui,sans-serif;fill:${colours.text}}.sub{fill:${colours.faint};font-size:11px}path{fill:none;stroke:${colours.border}}rect.node{fill:${colours.surface};stroke:${colours.border}}.done{fill:${colours.accent}}.bad{fill:${colours.bad}}.rest{fill:${colours.border}}`;
    copy.prepend(style);
    copy.removeAttribute("style");
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    save("plan.svg", "image/svg+xml", copy.outerHTML);
  };
  return (
    <Card title="Plan" tools={<div class="tools"><button type="button" onClick={csv}>CSV</button><button type="button" onClick={saveSvg}>SVG</button></div>}>
      <p class="note">Every box stands for the steps of one kind; sizes, seeds, folds and draws are counted. {report === null && "Choose a box for its steps."}</p>
      <div class="plan" tabIndex={0} role="region" aria-label="Graph of the plan">
        <svg ref={svg} width={width} height={height + 8} style={{ maxWidth: "100%", minWidth: 0.7 * width, height: "auto" }} viewBox={`-2 -4 ${width} ${height + 8}`} role="group" aria-label={`Plan of ${plural(plan.nodes.length, "part")}`}>
          {plan.edges.map(e => {
            const [a, b] = [placed.get(e.from), placed.get(e.to)];
            if (a === undefined || b === undefined) return null;
            const [x1, y1, x2, y2] = [a.x + nodeWidth, a.y + nodeHeight / 2, b.x, b.y + nodeHeight / 2];
            const bend = Math.max(20, (x2 - x1) / 2);
            return <path key={`${e.from} ${e.to}`} d={`M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`}><title>{plural(e.count, "step")}</title></path>;
          })}
          {plan.nodes.map(n => <Node key={n.id} node={n} x={placed.get(n.id)!.x} y={placed.get(n.id)!.y} isPicked={n.id === picked} onPick={onPick} />)}
        </svg>
      </div>
    </Card>
  );
}

function Node({ node: n, x, y, isPicked, onPick }: { node: PlanNode; x: number; y: number; isPicked: boolean; onPick: (id: string) => void }) {
  const words = `${n.label}: ${count(n.finished)} of ${count(n.count)} finished${n.failed + n.blocked > 0 ? `, ${count(n.failed + n.blocked)} failed` : ""}`;
  const bar = nodeWidth - 20;
  const done = (bar * n.finished) / Math.max(n.count, 1);
  const bad = (bar * (n.failed + n.blocked)) / Math.max(n.count, 1);
  const label = n.label.length > 32 ? n.label.slice(0, 31) + "…" : n.label;
  return (
    <a href={location.hash} role="button" aria-label={words} aria-current={isPicked ? "true" : undefined} onClick={e => { e.preventDefault(); onPick(n.id); }} onKeyDown={e => { if (e.key === " ") { e.preventDefault(); onPick(n.id); } }}>
      <title>{words}</title>
      <rect class="node" x={x} y={y} width={nodeWidth} height={nodeHeight} rx="7" />
      <text x={x + 10} y={y + 18}>{label}</text>
      <text class="sub" x={x + 10} y={y + 33}>{n.kind} · {count(n.finished)} / {count(n.count)}</text>
      <rect class="rest" x={x + 10} y={y + 40} width={bar} height="3" rx="1.5" fill="var(--border)" />
      <rect class="done" x={x + 10} y={y + 40} width={done} height="3" rx="1.5" fill="var(--accent)" />
      {bad > 0 && <rect class="bad" x={x + 10 + done} y={y + 40} width={bad} height="3" rx="1.5" fill="var(--bad)" />}
    </a>
  );
}

function StepTable({ name, group, label, revision }: { name: string; group: string; label: string; revision: number }) {
  const [status, setStatus] = useQuery("status");
  const { data, error } = useAnswer<Steps>(path(name, "/steps" + query({ group, status, limit: 200 })), revision);
  return (
    <Card title={`Steps: ${label}`} tools={<select aria-label="Status" value={status} onChange={e => setStatus(e.currentTarget.value)}>{["", "waiting", "requested", "finished", "failed", "blocked", "skipped"].map(s => <option key={s} value={s}>{s || "all"}</option>)}</select>}>
      {data === null ? <Waiting error={error} /> : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Steps"><table>
          <thead><tr><th scope="col">Step</th><th scope="col">Status</th><th scope="col">Trial</th><th scope="col">Why</th></tr></thead>
          <tbody>{data.rows.map(r => <tr key={r.node}><td>{r.node}</td><td><Status status={r.status} /></td><td>{r.trial === null ? "–" : <code>{r.trial.slice(0, 12)}</code>}</td><td class="wrap">{r.reason ?? ""}</td></tr>)}</tbody>
        </table>{data.total > data.rows.length && <p class="note">The first {data.rows.length} of {count(data.total)}.</p>}</div>
      )}
    </Card>
  );
}

function DecisionTable({ name, revision }: { name: string; revision: number }) {
  const [text] = useQuery("decision");
  const { data } = useAnswer<Decisions>(path(name, "/decisions" + query({ text, limit: 100 })), revision);
  return (
    <section class="card" aria-label="Decisions"><details open={text !== ""}>
      <summary>Decisions of the scheduler{data === null ? "" : ` (${count(data.total)})`}</summary>
      <p><input type="search" aria-label="Filter decisions" placeholder="Filter" value={text} onInput={e => setQuery({ decision: e.currentTarget.value })} /></p>
      {data !== null && <div class="scroll" tabIndex={0} role="region" aria-label="Decisions"><table>
        <thead><tr><th scope="col" class="n">#</th><th scope="col">When</th><th scope="col">Step</th><th scope="col">Decision</th></tr></thead>
        <tbody>{data.rows.map((r, i) => <tr key={`${r.sequence}/${i}`}><td class="n">{r.sequence}</td><td>{r.at.slice(0, 19).replace("T", " ")}</td><td>{r.node ?? "–"}</td><td class="wrap">{r.text}</td></tr>)}</tbody>
      </table></div>}
    </details></section>
  );
}
