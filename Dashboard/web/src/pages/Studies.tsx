/** All studies, with live progress. */
import { useLive } from "../api/hooks";
import type { Studies, StudyLine } from "../api/types";
import { href, useQuery } from "../app/router";
import { useNow } from "../app/now";
import { ago, count } from "../science/format";
import { ProgressBar, Status, Waiting } from "../ui/parts";

export function StudiesPage() {
  const { data, error } = useLive<Studies>("/studies", "studies");
  const [text, setText] = useQuery("text");
  const now = useNow(10_000);
  if (data === null) return <Waiting error={error} />;
  const wanted = text.toLowerCase();
  const rows = data.studies.filter(s => `${s.name} ${s.description} ${s.status}`.toLowerCase().includes(wanted));
  return (
    <>
      <div class="title">
        <h1>Studies</h1>
        <span class="grow" />
        <input type="search" aria-label="Filter studies" placeholder="Filter" value={text} onInput={e => setText(e.currentTarget.value)} />
      </div>
      {data.studies.length === 0 ? <FirstStudy /> : (
        <section class="card" aria-label="Studies">
          <div class="scroll" style={{ maxHeight: "none" }}>
            <table>
              <thead><tr><th scope="col">Study</th><th scope="col">Status</th><th scope="col" style={{ width: "26%" }}>Steps</th><th scope="col" class="n">Finished</th><th scope="col">Changed</th></tr></thead>
              <tbody>{rows.map(s => <Line key={s.name} study={s} now={now} />)}</tbody>
            </table>
          </div>
          {rows.length === 0 && <p class="empty">No study matches “{text}”.</p>}
        </section>
      )}
    </>
  );
}

function Line({ study: s, now }: { study: StudyLine; now: number }) {
  return (
    <tr>
      <td class="wrap wide"><a href={href(["study", s.name])}><strong>{s.name}</strong></a>{s.description !== "" && <div class="note" style={{ margin: 0 }}>{firstSentence(s.description)}</div>}</td>
      <td><Status status={s.status} /></td>
      <td><ProgressBar label={`Progress of ${s.name}`} total={s.nodes} parts={[{ name: "finished", value: s.finished, kind: "done" }, { name: "failed", value: s.failed + s.blocked, kind: "bad" }]} /></td>
      <td class="n">{count(s.finished)} / {count(s.nodes)}{s.failed + s.blocked > 0 && <span style={{ color: "var(--bad)" }}> · {count(s.failed + s.blocked)} failed</span>}</td>
      <td title={s.changed}>{ago(Date.parse(s.changed), now)}</td>
    </tr>
  );
}

function FirstStudy() {
  return (
    <section class="card" aria-label="First study">
      <p class="empty">No study yet. The first one takes under a minute:</p>
      <pre>./atomsets study run examples/quick.yaml</pre>
    </section>
  );
}

function firstSentence(text: string): string {
  const end = text.search(/[.\n]/);
  return end > 0 && text.length > 140 ? text.slice(0, end + 1) : text;
}
