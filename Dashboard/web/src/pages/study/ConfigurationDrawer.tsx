/** One configuration beside the table: its settings, its runs, their learning curves. */
import { useEffect, useRef } from "preact/hooks";
import { query, report, study as path } from "../../api/client";
import { useAnswer } from "../../api/hooks";
import type { Runs } from "../../api/types";
import { count, duration, number } from "../../science/format";
import { Status } from "../../ui/parts";
import type { StudyProps } from "./context";

export function ConfigurationDrawer({ study, revision, configuration, onClose }: StudyProps & { configuration: string; onClose: () => void }) {
  const { data } = useAnswer<Runs>(report === null ? path(study.name, "/runs" + query({ configuration, limit: 200 })) : null, revision);
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.focus();
    const keys = (e: KeyboardEvent) => { if (e.key === "Escape") onClose(); };
    addEventListener("keydown", keys);
    return () => { removeEventListener("keydown", keys); before?.focus?.(); };
  }, [configuration]);
  const first = data?.rows[0];
  return (
    <aside ref={box} class="drawer" role="dialog" aria-label={`Configuration ${configuration}`} tabIndex={-1}>
      <div class="title"><h2>{configuration}</h2><span class="grow" /><button type="button" class="button" onClick={onClose}>Close</button></div>
      {first !== undefined && (
        <dl class="facts">
          {([["model", `${first.model ?? "–"}${first.family !== null && first.family !== first.model ? ` (${first.family})` : ""}`], ["mode", first.mode], ["source", first.source === null || first.sourceSize === null ? first.source : `${first.source}, ${count(first.sourceSize)} rows`],
            ["target", first.property === null ? first.target : `${first.target === first.property ? "" : `${first.target}: `}${first.property} of ${first.dataSet}`], ["training rows", count(first.size)], ["parameters", count(first.parameters)],
            ...Object.entries(first.settings)] as [string, string | null][]).filter(f => f[1] !== null).map(([k, v]) => <><dt>{k}</dt><dd>{v}</dd></>)}
        </dl>
      )}
      {report !== null && <p class="note">The report holds configurations, not their single runs.</p>}
      {data !== null && (
        <div class="scroll"><table>
          <thead><tr><th scope="col">Seed</th><th scope="col">Fold</th><th scope="col">Status</th><th scope="col" class="n">Validation</th><th scope="col" class="n">Test</th><th scope="col" class="n">Epochs</th><th scope="col">Stop</th><th scope="col" class="n">Time</th><th scope="col">Trial</th></tr></thead>
          <tbody>{data.rows.map(r => (
            <tr key={r.node} title={r.node}>
              <td>{r.seed ?? "–"}</td><td>{r.fold ?? "–"}</td><td><Status status={r.status} /></td><td class="n">{number(r.validation)}</td><td class="n">{number(r.test)}</td>
              <td class="n">{r.epochs === null ? "–" : `${count(r.epochs)} (best ${count(r.bestEpoch)})`}</td><td>{r.stop ?? "–"}</td><td class="n">{duration(r.seconds)}</td>
              <td>{r.trial === null ? "–" : <a href={`#/study/${encodeURIComponent(study.name)}/curves?trial=${r.trial.slice(0, 12)}`}><code>{r.trial.slice(0, 8)}</code></a>}</td>
            </tr>
          ))}</tbody>
        </table></div>
      )}
    </aside>
  );
}
