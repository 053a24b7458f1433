/** Learning curves of all trainings, coloured by what they differ in. */
import { useCallback } from "preact/hooks";
import { report } from "../../api/client";
import type { Curve, Curves } from "../../api/types";
import { setQuery, useQuery } from "../../app/router";
import { curvesOption, curvesSheet, type Measure } from "../../charts/curves";
import type { Palette } from "../../charts/palette";
import { count, plural } from "../../science/format";
import { Figure } from "../../ui/Figure";
import { Choice, Empty, Waiting } from "../../ui/parts";
import { type StudyProps, useResults } from "./context";

type By = "mode" | "model" | "target" | "source" | "size";

export function CurvesSection(props: StudyProps) {
  const [measure, setMeasure] = useQuery("show", "validation");
  const [by, setBy] = useQuery("by", "mode");
  const [limit, setLimit] = useQuery("limit", "1000");
  const [scale, setScale] = useQuery("x", "linear");
  const [trial] = useQuery("trial");
  const [kept, setKept] = useQuery("kept");
  const { data, error } = useResults<Curves>(props, "/curves", report === null ? { points: 100, limit, trial, kept: kept || undefined } : {});
  const option = useCallback((palette: Palette) => curvesOption(data?.curves ?? [], measure as Measure, by as By, data?.metric ?? null, scale === "log", palette), [data, measure, by, scale]);
  if (data === null) return <Waiting error={error} />;
  if (data.curves.length === 0) return <Empty>No epoch has been trained yet{trial !== "" ? " by this trial" : ""}.</Empty>;
  const varying = (["mode", "model", "target", "source", "size"] as const).filter(k => k === by || new Set(data.curves.map((c: Curve) => c[k])).size > 1);
  return (
    <Figure title="Learning curves" option={option} sheet={() => curvesSheet(data.curves)} height={520} heavy
      label={`Learning curves of ${plural(data.curves.length, "training")}, ${measure} by epoch, coloured by ${by}`}
      note={`${count(data.curves.length)} of ${plural(data.total, "curve")}. Point at a line for its configuration; Ctrl and the wheel zoom.`}>
      <div class="row" style={{ marginBottom: ".6rem" }}>
        <Choice label="show" value={measure} options={[["validation", "validation error"], ["train", "training loss"], ["rate", "learning rate"]]} onChange={setMeasure} />
        <Choice label="colour by" value={by} options={varying.map(k => [k, k] as const)} onChange={setBy} />
        <Choice label="epochs" value={scale} options={[["linear", "linear"], ["log", "logarithmic"]]} onChange={setScale} />
        {report === null && <Choice label="curves" value={limit} options={[["100", "100"], ["1000", "1 000"], ["5000", "5 000"]]} onChange={setLimit} />}
        {report === null && props.study.has.searches && <Choice label="of" value={kept} options={[["", "all trials"], ["true", "kept ones"]]} onChange={setKept} />}
        {trial !== "" && <button type="button" class="button" onClick={() => setQuery({ trial: undefined })}>All trials, not only {trial.slice(0, 8)}</button>}
      </div>
    </Figure>
  );
}
