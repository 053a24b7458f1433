/** Small pieces that every page is made of. */
import type { ComponentChildren } from "preact";
import { count } from "../science/format";

export function Card({ title, children, tools, label }: { title?: string; children: ComponentChildren; tools?: ComponentChildren; label?: string }) {
  return (
    <section class="card" aria-label={label ?? title}>
      {(title !== undefined || tools !== undefined) && <header><h3>{title}</h3>{tools}</header>}
      {children}
    </section>
  );
}

export function Stat({ name, value, hint }: { name: string; value: ComponentChildren; hint?: ComponentChildren }) {
  return <div class="stat"><dt>{name}</dt><dd>{value}{hint !== undefined && <small>{hint}</small>}</dd></div>;
}

export function Status({ status }: { status: string }) {
  return <span class={`status ${status}`}>{status}</span>;
}

export function Waiting({ error, what = "Loading" }: { error?: string | null; what?: string }) {
  return error ? <p class="empty" role="alert">{error}</p> : <p class="empty" aria-busy="true">{what} …</p>;
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** A long name of a column: broken at its underscores, where it must be. */
export function Name({ text }: { text: string }) {
  return <>{text.split("_").map((part, i) => (i === 0 ? part : <>_<wbr />{part}</>))}</>;
}

interface Part { readonly name: string; readonly value: number; readonly kind: string }

/** Shares of a whole as one bar, said in words too. */
export function ProgressBar({ parts, total, label }: { parts: readonly Part[]; total: number; label: string }) {
  const done = parts.filter(p => p.kind === "done").reduce((n, p) => n + p.value, 0);
  const words = parts.filter(p => p.value > 0).map(p => `${count(p.value)} ${p.name}`).join(", ");
  return (
    <div class="bar" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={total} aria-valuenow={done} aria-valuetext={`${words} of ${count(total)}`} title={`${words} of ${count(total)}`}>
      {total > 0 && parts.map(p => p.value > 0 && <i key={p.name} class={p.kind} style={{ width: `${(100 * p.value) / total}%` }} />)}
    </div>
  );
}

export function Choice({ label, value, options, onChange }: { label: string; value: string; options: readonly (readonly [value: string, text: string])[]; onChange: (value: string) => void }) {
  return (
    <label class="choice"><span>{label}</span>
      <select value={value} onChange={e => onChange(e.currentTarget.value)}>{options.map(([v, text]) => <option key={v} value={v}>{text}</option>)}</select>
    </label>
  );
}
