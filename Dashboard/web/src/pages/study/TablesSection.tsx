/** Tables that some studies have beside curves: the best of groups, other metrics, ensembles, discovery. */
import type { Discovery, Ensembles, Groups, Metrics } from "../../api/types";
import { study as path } from "../../api/client";
import { useAnswer } from "../../api/hooks";
import { type Cell, toCsv } from "../../science/csv";
import { count, estimate, number, percent } from "../../science/format";
import { Card, Empty, Waiting } from "../../ui/parts";
import { save } from "../../ui/save";
import type { StudyProps } from "./context";

interface Field<T> { readonly title: string; readonly numeric?: boolean; readonly text: (row: T) => string; readonly raw?: (row: T) => Cell }

export function TablesSection({ study, revision }: StudyProps) {
  const groups = useAnswer<Groups>(path(study.name, "/groups"), revision);
  const metrics = useAnswer<Metrics>(path(study.name, "/metrics"), revision);
  const ensembles = useAnswer<Ensembles>(path(study.name, "/ensembles"), revision);
  const discovery = useAnswer<Discovery>(path(study.name, "/discovery"), revision);
  const all = [groups, metrics, ensembles, discovery];
  if (all.every(a => a.data === null)) return <Waiting error={all.find(a => a.error !== null)?.error} />;
  if (all.every(a => (a.data?.rows.length ?? 0) === 0)) return <Empty>No table has a row yet.</Empty>;
  return (
    <>
      {groups.data !== null && <Table title="Best of each group, chosen by validation" rows={groups.data.rows} notes={groups.data.notes} fields={[
        { title: "Target", text: r => r.target }, { title: "Group", text: r => r.group }, { title: "Rows", numeric: true, text: r => String(r.rows), raw: r => r.rows }, { title: "Winner", text: r => r.winner ?? "–" }, { title: "Mode", text: r => r.mode ?? "–" },
        { title: "Validation", numeric: true, text: r => number(r.validation), raw: r => r.validation }, { title: "Test", numeric: true, text: r => estimate(r.test, r.testError), raw: r => r.test },
        { title: "Published scratch", numeric: true, text: r => number(r.publishedScratch), raw: r => r.publishedScratch }, { title: "Published transfer", numeric: true, text: r => number(r.publishedTransfer), raw: r => r.publishedTransfer }, { title: "Unit", text: r => r.unit }]} />}
      {metrics.data !== null && <Table title="Metrics" rows={metrics.data.rows} fields={[
        { title: "Target", text: r => r.target }, { title: "Way", text: r => r.way }, { title: "Rows", numeric: true, text: r => r.rows }, { title: "Metric", text: r => r.metric },
        { title: "Mean", numeric: true, text: r => number(r.mean), raw: r => r.mean }, { title: "Spread", numeric: true, text: r => number(r.spread, 2), raw: r => r.spread },
        { title: "Published", text: r => (r.published === null ? "–" : `${number(r.published.value)} (${r.published.method})`), raw: r => r.published?.value }, { title: "Looks", numeric: true, text: r => count(r.looks), raw: r => r.looks }, { title: "Unit", text: r => r.unit }]} />}
      {ensembles.data !== null && <Table title="Ensembles" rows={ensembles.data.rows} fields={[
        { title: "Target", text: r => r.target }, { title: "Mode", text: r => r.mode }, { title: "Rows", numeric: true, text: r => r.rows }, { title: "Members", numeric: true, text: r => count(r.members.length), raw: r => r.members.length },
        { title: "Single", numeric: true, text: r => number(r.single), raw: r => r.single }, { title: "Ensemble", numeric: true, text: r => estimate(r.mean, r.standardError), raw: r => r.mean },
        { title: "Over all", numeric: true, text: r => number(r.overAll), raw: r => r.overAll }, { title: "Validation", numeric: true, text: r => number(r.validation), raw: r => r.validation }, { title: "Coverage", numeric: true, text: r => percent(r.coverage), raw: r => r.coverage }, { title: "Unit", text: r => r.unit }]} />}
      {discovery.data !== null && <Table title="Discovery of the highest values" rows={discovery.data.rows} fields={[
        { title: "Target", text: r => r.target }, { title: "Way", text: r => r.way }, { title: "Rows", numeric: true, text: r => r.rows }, { title: "Top", numeric: true, text: r => count(r.top), raw: r => r.top }, { title: "Candidates", numeric: true, text: r => count(r.candidates), raw: r => r.candidates },
        { title: "Found", numeric: true, text: r => estimate(r.found, r.foundSe), raw: r => r.found }, { title: "Of first 10", numeric: true, text: r => number(r.first, 3), raw: r => r.first }, { title: "Above", numeric: true, text: r => number(r.above, 3), raw: r => r.above },
        { title: "Error", numeric: true, text: r => number(r.error), raw: r => r.error }, { title: "Residual", numeric: true, text: r => number(r.residual), raw: r => r.residual }, { title: "Unit", text: r => r.unit }]} />}
    </>
  );
}

function Table<T>({ title, rows, fields, notes }: { title: string; rows: readonly T[]; fields: readonly Field<T>[]; notes?: readonly string[] }) {
  if (rows.length === 0) return null;
  const csv = () => save(`${title.toLowerCase().replaceAll(/[^a-z]+/g, "-")}.csv`, "text/csv", toCsv({ columns: fields.map(f => f.title), rows: rows.map(r => fields.map(f => (f.raw ?? f.text)(r))) }));
  return (
    <Card title={title} tools={<div class="tools"><button type="button" onClick={csv}>CSV</button></div>}>
      <div class="scroll" tabIndex={0} role="region" aria-label={title}><table>
        <thead><tr>{fields.map(f => <th key={f.title} scope="col" class={f.numeric ? "n" : ""}>{f.title}</th>)}</tr></thead>
        <tbody>{rows.map((r, i) => <tr key={i}>{fields.map(f => <td key={f.title} class={f.numeric ? "n" : ""}>{f.text(r)}</td>)}</tr>)}</tbody>
      </table></div>
      {notes?.map(n => <p key={n} class="note">{n}</p>)}
    </Card>
  );
}
