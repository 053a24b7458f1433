/** A prediction for a pasted formula or structure, or a dropped file. */
import { useState } from "preact/hooks";
import type { Model, Prediction } from "../api/catalog";
import { post } from "../api/client";
import { message } from "../api/hooks";
import { number } from "../science/format";
import { Card } from "../ui/parts";

const largest = 900_000;

export function PredictBox({ model }: { model: Model }) {
  const [text, setText] = useState("");
  const [file, setFile] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const [state, setState] = useState("0");
  const [answer, setAnswer] = useState<Prediction | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const isFormula = text.trim() !== "" && !text.trim().includes("\n");

  const take = async (taken: File | undefined) => {
    if (taken === undefined) return;
    if (taken.size > largest) { setError(`${taken.name} has ${taken.size} bytes; at most ${largest} are taken here.`); return; }
    setText(await taken.text());
    setFile(taken.name);
    setError(null);
  };
  const predict = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const more = model.states.length > 1 ? { state: Number(state) } : {};
      setAnswer(await post<Prediction>("/predict", isFormula ? { model: model.name, formula: text.trim(), ...more } : { model: model.name, structure: text, fileName: file ?? undefined, ...more }));
    } catch (problem) {
      setAnswer(null);
      setError(message(problem));
    }
    setBusy(false);
  };
  return (
    <Card title="Predict">
      <form class={`drop ${over ? "over" : ""}`} onSubmit={e => void predict(e)}
        onDragOver={e => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={e => { e.preventDefault(); setOver(false); void take(e.dataTransfer?.files[0]); }}>
        <label class="field" style={{ display: "grid", gap: ".3rem" }}>
          <span>{model.needs === "formula" ? "A formula, such as BaTiO3" : "A CIF or POSCAR, pasted or dropped"}</span>
          <textarea rows={text.includes("\n") ? 7 : 2} value={text} spellcheck={false} style={{ font: "13px ui-monospace, 'DejaVu Sans Mono', monospace" }} onInput={e => { setText(e.currentTarget.value); setFile(null); }} />
        </label>
        <div class="row">
          <button type="submit" class="button main" disabled={busy || text.trim() === ""}>{busy ? "Predicting …" : "Predict"}</button>
          <label class="button">Choose a file<input type="file" style={{ position: "absolute", opacity: 0, width: 1 }} onChange={e => void take(e.currentTarget.files?.[0])} /></label>
          {model.states.length > 1 && <label class="field">state <select value={state} onChange={e => setState(e.currentTarget.value)}>{model.states.map((s, i) => <option key={s} value={i}>{s}</option>)}</select></label>}
          {file !== null && <span class="note" style={{ margin: 0 }}>{file}</span>}
        </div>
      </form>
      <div aria-live="polite" style={{ marginTop: ".8rem" }}>
        {error !== null && <p role="alert" style={{ color: "var(--bad)" }}>{error}</p>}
        {answer !== null && (
          <>
            <p class="answer">{number(answer.value)} <small>{answer.unit}</small></p>
            <p class="note">{answer.property} of {answer.formula ?? answer.id}{answer.low !== null && answer.high !== null && <>; {Math.round(100 * (answer.interval ?? 0.9))} % interval {number(answer.low)} to {number(answer.high)} {answer.unit}</>}</p>
            {answer.note !== null && <p class="note">{answer.note}</p>}
          </>
        )}
      </div>
    </Card>
  );
}
