/** One study: its head, its sections, and the filters that they share. */
import { useState } from "preact/hooks";
import { post, report, study as path } from "../../api/client";
import { message, useStudy } from "../../api/hooks";
import type { Study } from "../../api/types";
import { lazily } from "../../app/lazily";
import { href, setQuery, useRoute } from "../../app/router";
import { Choice, Status, Waiting } from "../../ui/parts";
import { type FilterKey, filterKeys, offers, type Section, sections, type StudyProps } from "./context";
import { Overview } from "./Overview";

const pages: Readonly<Record<Section, (props: StudyProps) => preact.JSX.Element>> = {
  overview: Overview,
  configurations: lazily(() => import("./Configurations").then(m => m.Configurations)),
  curves: lazily(() => import("./CurvesSection").then(m => m.CurvesSection)),
  search: lazily(() => import("./SearchSection").then(m => m.SearchSection)),
  scaling: lazily(() => import("./ScalingSection").then(m => m.ScalingSection)),
  transfer: lazily(() => import("./TransferSection").then(m => m.TransferSection)),
  layers: lazily(() => import("./LayersSection").then(m => m.LayersSection)),
  errors: lazily(() => import("./ErrorsSection").then(m => m.ErrorsSection)),
  tables: lazily(() => import("./TablesSection").then(m => m.TablesSection)),
  plan: lazily(() => import("./PlanSection").then(m => m.PlanSection)),
};
const filtered: readonly Section[] = ["configurations", "curves", "search", "scaling", "transfer", "layers", "errors"];

export function StudyPage({ name }: { name: string }) {
  const { data: study, error, progress, revision } = useStudy(name);
  const { path: where, query } = useRoute();
  if (study === null || progress === null) return <Waiting error={error} />;
  const asked = (report === null ? where[2] : where[0]) as Section | undefined;
  const section: Section = asked !== undefined && asked in pages ? asked : "overview";
  const Page = pages[section];
  const kept = Object.fromEntries(filterKeys.map(k => [k, query[k]]));
  const to = (s: Section) => (report === null ? href(["study", name, s], kept) : href([s]));
  return (
    <>
      <div class="title">
        <h1>{name}</h1>
        <Status status={progress.status} />
        <span class="grow" />
        <CopyLink />
        {report === null && progress.status === "running" && <Cancel name={name} />}
      </div>
      <nav class="tabs" aria-label="Sections of the study">
        {sections.filter(([s]) => offers(s, study)).map(([s, text]) => <a key={s} href={to(s)} aria-current={s === section ? "page" : undefined}>{text}</a>)}
      </nav>
      {report === null && filtered.includes(section) && <FilterBar study={study} />}
      <Page study={study} progress={progress} revision={revision} />
    </>
  );
}

function CopyLink() {
  const [copied, setCopied] = useState(false);
  if (report !== null) return null;
  const copy = () => void navigator.clipboard?.writeText(location.href).then(() => { setCopied(true); setTimeout(() => setCopied(false), 1500); }, () => undefined);
  return <button type="button" class="button" onClick={copy} aria-live="polite" title="Copy the address of this very view">{copied ? "Copied" : "Copy link"}</button>;
}

function Cancel({ name }: { name: string }) {
  const [state, setState] = useState<"idle" | "sure" | "sent" | string>("idle");
  const send = () => { setState("sent"); post(path(name, "/cancel"), {}).catch((e: unknown) => setState(message(e))); };
  if (state === "idle") return <button type="button" class="button bad" onClick={() => setState("sure")}>Cancel study</button>;
  if (state === "sent") return <span class="note">Cancelling …</span>;
  if (state !== "sure") return <span class="note" role="alert">{state}</span>;
  return <span class="row" role="group" aria-label="Cancel the study?"><span>Finished trials stay.</span><button type="button" class="button bad" onClick={send}>Cancel it</button><button type="button" class="button" onClick={() => setState("idle")}>Go on</button></span>;
}

function FilterBar({ study }: { study: Study }) {
  const { query } = useRoute();
  const all = (key: FilterKey): string[] => {
    const pick = { target: (t: Study["targets"][number]) => [t.name], mode: t => t.modes, model: t => t.models, source: t => t.sources, size: t => t.sizes.map(String) } satisfies Record<FilterKey, (t: Study["targets"][number]) => string[]>;
    return [...new Set(study.targets.flatMap(t => pick[key](t)))];
  };
  const shown = filterKeys.map(key => ({ key, values: all(key) })).filter(f => f.values.length > 1);
  if (shown.length === 0) return null;
  return (
    <div class="row" role="group" aria-label="Filters">
      {shown.map(f => <Choice key={f.key} label={f.key} value={query[f.key] ?? ""} options={[["", "all"], ...f.values.map(v => [v, v] as const)]} onChange={v => setQuery({ [f.key]: v || undefined })} />)}
      {shown.some(f => query[f.key] !== undefined) && <button type="button" class="button" onClick={() => setQuery(Object.fromEntries(filterKeys.map(k => [k, undefined])))}>Clear</button>}
    </div>
  );
}
