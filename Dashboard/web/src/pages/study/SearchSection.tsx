/** What the searches learnt: which parameters matter, how draws went through the rungs, what was kept. */
import { useCallback } from "preact/hooks";
import type { Importance, Parameter, Search, Searches } from "../../api/types";
import { useQuery } from "../../app/router";
import type { Palette } from "../../charts/palette";
import { importanceOption, importanceSheet, rungsOption, rungsSheet, sliceOption, sliceSheet } from "../../charts/search";
import { count, number, plural } from "../../science/format";
import { Figure } from "../../ui/Figure";
import { Card, Choice, Empty, Waiting } from "../../ui/parts";
import { type StudyProps, useResults } from "./context";

export function SearchSection(props: StudyProps) {
  const importance = useResults<Importance>(props, "/importance");
  const searches = useResults<Searches>(props, "/searches");
  const [which, setWhich] = useQuery("space", "0");
  const [name, setName] = useQuery("search");
  if (searches.data === null) return <Waiting error={searches.error} />;
  const spaces = importance.data?.searches.filter(s => s.parameters.length > 0) ?? [];
  const space = spaces[Number(which)] ?? spaces[0];
  const all = searches.data.searches;
  const search = all.find(s => s.search === name) ?? all[0];
  if (search === undefined) return <Empty>No search has drawn anything yet.</Empty>;
  return (
    <>
      <div class="row">
        {spaces.length > 1 && <Choice label="search space" value={which} options={spaces.map((s, i) => [String(i), [s.target, s.mode, s.model, s.size === null ? null : `${count(s.size)} rows`].filter(Boolean).join(" · ")] as const)} onChange={setWhich} />}
        {all.length > 1 && <Choice label="search" value={search.search} options={all.map(s => [s.search, s.search] as const)} onChange={setName} />}
      </div>
      {importance.error !== null && <Waiting error={importance.error} />}
      {space !== undefined && <Space space={space} />}
      <div class="grid">
        <Rungs search={search} />
        <RungTable search={search} />
      </div>
      <Kept searches={all} />
    </>
  );
}

function Space({ space }: { space: Importance["searches"][number] }) {
  const option = useCallback((palette: Palette) => importanceOption(space, palette), [space]);
  const sorted = [...space.parameters].sort((a, b) => (b.importance ?? -1) - (a.importance ?? -1));
  return (
    <div class="grid">
      <Figure title="Parameter importance" option={option} sheet={() => importanceSheet(space)} height={Math.max(160, 60 + 34 * space.parameters.length)}
        label={`Importance of parameters: ${sorted.map(p => `${p.name} ${number(p.importance, 2)}`).join(", ")}`}
        note={`${plural(space.draws, "draw")}, compared ${space.epochs === null ? "at their ends" : `after ${count(space.epochs)} epochs`}. The share of the variance of log error that each parameter alone explains.`} />
      {sorted.slice(0, 6).map(p => <Slice key={p.name} space={space} parameter={p} />)}
    </div>
  );
}

function Slice({ space, parameter }: { space: Importance["searches"][number]; parameter: Parameter }) {
  const option = useCallback((palette: Palette) => sliceOption(space, parameter, palette), [space, parameter]);
  return <Figure title={`Error by ${parameter.name}`} option={option} sheet={() => sliceSheet(space, parameter)} height={260} label={`Validation ${space.metric} of ${plural(parameter.points.length, "draw")} against ${parameter.name}`} />;
}

function Rungs({ search }: { search: Search }) {
  const option = useCallback((palette: Palette) => rungsOption(search, palette), [search]);
  const kept = search.trials.find(t => t.state === "kept");
  return (
    <Figure title="Draws over the rungs" option={option} sheet={() => rungsSheet(search)} height={380} heavy={search.trials.length > 150}
      label={`Validation of ${plural(search.trials.length, "draw")} at each rung${kept === undefined ? "" : `; draw ${kept.draw} was kept`}`}
      note={`${search.search}: ${count(search.ended)} of ${plural(search.draws, "draw")} ended${search.sampler === null ? "" : `, drawn by ${search.sampler}`}. Bold: kept; grey: pruned.`} />
  );
}

function RungTable({ search }: { search: Search }) {
  return (
    <Card title="Rungs">
      <div class="scroll"><table>
        <thead><tr><th scope="col">Epochs</th><th scope="col" class="n">Reached</th><th scope="col" class="n">Training</th><th scope="col" class="n">Paused</th><th scope="col" class="n">Went on</th><th scope="col" class="n">Pruned</th><th scope="col" class="n">Failed</th></tr></thead>
        <tbody>{search.rungs.map(r => <tr key={r.epochs ?? "end"}><th scope="row">{r.epochs === null ? "end" : count(r.epochs)}</th><td class="n">{count(r.reached)}</td><td class="n">{count(r.training)}</td><td class="n">{count(r.paused)}</td><td class="n">{count(r.done)}</td><td class="n">{count(r.pruned)}</td><td class="n">{count(r.failed)}</td></tr>)}</tbody>
      </table></div>
    </Card>
  );
}

function Kept({ searches }: { searches: readonly Search[] }) {
  const rows = searches.filter(s => s.kept !== null);
  if (rows.length === 0) return null;
  const settings = [...new Set(rows.flatMap(s => Object.keys(s.kept!)))];
  return (
    <Card title="What the searches kept">
      <div class="scroll" tabIndex={0} role="region" aria-label="What the searches kept"><table>
        <thead><tr><th scope="col">Search</th><th scope="col" class="n">Rows</th>{settings.map(s => <th key={s} scope="col" class="n">{s}</th>)}<th scope="col" class="n">Validation</th><th scope="col" class="n">Test</th><th scope="col">Unit</th><th scope="col">Ends</th></tr></thead>
        <tbody>{rows.map(s => <tr key={s.search}><th scope="row">{s.search}</th><td class="n">{s.size ?? "–"}</td>{settings.map(k => <td key={k} class="n">{s.kept![k] ?? "–"}</td>)}<td class="n">{number(s.keptValidation)}</td><td class="n">{number(s.keptTest)}</td><td>{s.unit ?? "–"}</td><td>{s.end ?? "–"}</td></tr>)}</tbody>
      </table></div>
    </Card>
  );
}
