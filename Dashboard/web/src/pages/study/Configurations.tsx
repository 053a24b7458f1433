/** The table of configurations: sorted, filtered and grouped by the server, so that any number of them stays quick. */
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, query, report, study as path } from "../../api/client";
import { message, useAnswer } from "../../api/hooks";
import type { Configuration, Configurations as Page, ConfigurationGroup, Study } from "../../api/types";
import { href, setQuery, useQuery, useRoute } from "../../app/router";
import { count, estimate, number, plural } from "../../science/format";
import { DataTable, type TableColumn } from "../../ui/DataTable";
import { Choice, Waiting } from "../../ui/parts";
import { ConfigurationDrawer } from "./ConfigurationDrawer";
import { type StudyProps, useFilters } from "./context";
import { arrange } from "./arrange";

const pageSize = 200;
const groupable = ["target", "mode", "model", "source", "size", "role"] as const;

export function Configurations(props: StudyProps) {
  const filters = useFilters();
  const { query: values } = useRoute();
  const [sort] = useQuery("sort");
  const [text, setText] = useQuery("text");
  const [group, setGroup] = useQuery("group");
  const open = values["open"];
  const asked = useMemo(() => ({ sort: sort.replace(/^-/, "") || undefined, descending: sort.startsWith("-") || undefined, text, group, ...filters }), [sort, text, group, JSON.stringify(filters)]);
  const { head, row, onRange, error } = useRows(props, asked);
  const columns = useMemo(() => makeColumns(head?.settings ?? [], props.study), [head?.settings.join(), props.study]);
  if (head === null) return <Waiting error={error} />;
  return (
    <>
      <div class="row">
        <input type="search" aria-label="Filter configurations" placeholder="Filter by text" value={text} onInput={e => setText(e.currentTarget.value)} />
        <Choice label="group by" value={group} options={[["", "nothing"], ...groupable.map(g => [g, g] as const)]} onChange={setGroup} />
        <span class="note" style={{ margin: 0 }} role="status">{plural(head.total, "configuration")}</span>
      </div>
      {head.groups.length > 0 && <GroupTable groups={head.groups} by={group} />}
      <section class="card" aria-label="Configurations">
        <DataTable label="Configurations" columns={columns} total={head.total} row={row} id={c => c.configuration} onRange={onRange} sort={sort} onSort={s => setQuery({ sort: s || undefined })} selected={open} maxHeight={620} />
      </section>
      {open !== undefined && <ConfigurationDrawer {...props} configuration={open} onClose={() => setQuery({ open: undefined })} />}
    </>
  );
}

type Asked = Readonly<Record<string, string | boolean | undefined>>;

/** Rows of the present order, fetched by pages as they come into sight. */
function useRows(props: StudyProps, asked: Asked) {
  const base = path(props.study.name, "/configurations" + query({ ...asked, limit: pageSize }));
  const first = useAnswer<Page>(base, props.revision);
  // A report carries all of its rows; they are put into order here.
  const head = useMemo(() => (first.data === null || report === null ? first.data : arrange(first.data, asked)), [first.data, asked]);
  const pages = useRef(new Map<number, Configuration[] | "coming">());
  const [, redraw] = useState(0);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => { pages.current = new Map(); redraw(n => n + 1); }, [first.data]);
  const onRange = useCallback((from: number, to: number) => {
    if (report !== null) return;
    for (let page = Math.floor(from / pageSize); page <= Math.floor(Math.max(to - 1, 0) / pageSize); page++) {
      if (page === 0 || pages.current.has(page)) continue;
      const into = pages.current;
      into.set(page, "coming");
      get<Page>(base + `&offset=${page * pageSize}`).then(
        answer => { into.set(page, answer.rows); redraw(n => n + 1); },
        (e: unknown) => { into.delete(page); setError(message(e)); });
    }
  }, [base, first.data]);
  const row = (index: number): Configuration | undefined => {
    if (report !== null || index < pageSize) return head?.rows[index];
    const page = pages.current.get(Math.floor(index / pageSize));
    return page === undefined || page === "coming" ? undefined : page[index % pageSize];
  };
  return { head, row, onRange, error: first.error ?? error };
}

/** Columns that could only say the same in every row are left out. */
function makeColumns(settings: readonly string[], study: Study): TableColumn<Configuration>[] {
  const text = (key: "role" | "target" | "mode" | "model" | "source"): TableColumn<Configuration> => ({ key, title: key, cell: c => c[key] ?? "–" });
  const models = new Set(study.targets.flatMap(t => t.models)).size;
  return [
    { key: "configuration", title: "Configuration", cell: c => <OpenLink name={study.name} configuration={c.configuration} /> },
    { ...text("role"), hint: "pretrain: a source's; transfer: a target's; acquisition: the rows that a round of active learning chose, which has no error" },
    ...(study.targets.length > 1 ? [text("target")] : []), text("mode"), ...(models > 1 ? [text("model")] : []), ...(study.sources.length > 1 ? [text("source")] : []),
    { key: "sourceSize", title: "source rows", numeric: true, cell: c => count(c.sourceSize) },
    { key: "size", title: "rows", numeric: true, hint: "Training rows", cell: c => count(c.size) },
    { key: "validation", title: "validation", numeric: true, hint: "Mean ± standard error over replicates", cell: c => estimate(c.validation, c.validationSe) },
    { key: "test", title: "test", numeric: true, hint: "Mean ± standard error over replicates", cell: c => <strong>{estimate(c.test, c.testSe)}</strong> },
    { key: "unit", title: "unit", cell: c => c.unit ?? "–" },
    { key: "ratioToScratch", title: "÷ scratch", numeric: true, hint: "Test error beside scratch's, of equal size, fold and seed; wins in brackets", cell: c => (c.ratioToScratch === null ? "–" : `${number(c.ratioToScratch, 3)} (${c.wins}/${c.pairs})`) },
    { key: "runs", title: "runs", numeric: true, cell: c => <>{count(c.runs)}{c.failed > 0 && <span style={{ color: "var(--bad)" }}> +{c.failed} failed</span>}{c.pending > 0 && <span class="note"> +{c.pending}</span>}</> },
    ...settings.map((s): TableColumn<Configuration> => ({ key: `settings.${s}`, title: s, numeric: true, cell: c => c.settings[s] ?? "–" })),
    { key: "epochs", title: "epochs", numeric: true, cell: c => count(c.epochs) },
    { key: "coreHours", title: "core hours", numeric: true, cell: c => number(c.coreHours, 2) },
    { key: "parameters", title: "parameters", numeric: true, cell: c => count(c.parameters) },
  ];
}

function OpenLink({ name, configuration }: { name: string; configuration: string }) {
  const { query: values } = useRoute();
  const target = report === null ? href(["study", name, "configurations"], { ...values, open: configuration }) : href(["configurations"], { ...values, open: configuration });
  return <a href={target} title={configuration}>{configuration.length > 54 ? configuration.slice(0, 20) + "…" + configuration.slice(-32) : configuration}</a>;
}

function GroupTable({ groups, by }: { groups: readonly ConfigurationGroup[]; by: string }) {
  return (
    <section class="card" aria-label={`Groups by ${by}`}>
      <table>
        <thead><tr><th scope="col">{by}</th><th scope="col" class="n">Configurations</th><th scope="col" class="n">Runs</th><th scope="col" class="n">Best validation</th><th scope="col" class="n">Its test error</th></tr></thead>
        <tbody>
          {groups.map(g => (
            <tr key={g.value ?? ""}>
              <th scope="row">{g.value === null ? "–" : by === "role" || report !== null ? g.value : <button type="button" class="as-link" onClick={() => setQuery({ [by]: g.value ?? undefined })}>{g.value}</button>}</th>
              <td class="n">{count(g.configurations)}</td><td class="n">{count(g.runs)}</td><td class="n">{number(g.validation)}</td><td class="n">{number(g.test)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
