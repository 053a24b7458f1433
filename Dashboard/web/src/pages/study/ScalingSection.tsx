/** Power laws of the error in training rows, with the numbers. */
import { query, report, study as path } from "../../api/client";
import { useAnswer } from "../../api/hooks";
import type { JointFit, Scaling, ScalingCurve, ScalingTarget } from "../../api/types";
import { useQuery } from "../../app/router";
import { count, number } from "../../science/format";
import { Card, Empty, Waiting } from "../../ui/parts";
import { type StudyProps, useFilters } from "./context";
import { ScalingFigure } from "./ScalingFigure";

export function ScalingSection(props: StudyProps) {
  const filters = useFilters();
  const [forError, setForError] = useQuery("error");
  const { data, error } = useAnswer<Scaling>(path(props.study.name, "/scaling" + query({ forError: Number(forError) > 0 ? forError : undefined, ...filters })), props.revision);
  if (data === null) return <Waiting error={error} />;
  // A source of one size has no law.
  const all = [...data.targets, ...data.sources.filter(s => s.curves.some(c => c.points.length > 1))];
  if (all.length === 0) return <Empty>No results of several sizes yet.</Empty>;
  return (
    <>
      {report === null && (
        <label class="field">Rows needed for an error of <input type="number" min="0" step="any" style={{ width: "7rem" }} value={forError} onChange={e => setForError(e.currentTarget.value)} /></label>
      )}
      {all.map(t => (
        <div key={t.target} style={{ display: "grid", gap: "1.1rem" }}>
          <ScalingFigure data={t} title={`${t.target}: error by training rows`} height={420} />
          <FitTable data={t} />
          {t.joint.length > 0 && <JointTable fits={t.joint} target={t.target} />}
        </div>
      ))}
    </>
  );
}

function FitTable({ data }: { data: ScalingTarget }) {
  const wanted = data.curves.find(c => c.fit?.wanted)?.fit?.wanted?.error;
  return (
    <Card title={`${data.target}: fits of log10(error) = a − b·log10(rows)`}>
      <div class="scroll" tabIndex={0} role="region" aria-label={`Fits of ${data.target}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Curve</th><th scope="col" class="n">b ± standard error</th><th scope="col" class="n">95 % interval</th><th scope="col" class="n" title="of single runs, and of their means at each size">R² (means)</th><th scope="col" class="n">Points</th>
              <th scope="col" class="n" title="Rows for half the error of the largest size">Rows for half</th>{wanted !== undefined && <th scope="col" class="n">Rows for {number(wanted)} {data.unit}</th>}
              <th scope="col" class="n">Wins over scratch</th><th scope="col" class="n" title="How many times as many rows scratch needs for the same error">Equivalent data</th>
            </tr>
          </thead>
          <tbody>{data.curves.map(c => <FitRow key={c.name} curve={c} wanted={wanted !== undefined} />)}</tbody>
        </table>
      </div>
    </Card>
  );
}

function FitRow({ curve: c, wanted }: { curve: ScalingCurve; wanted: boolean }) {
  const f = c.fit;
  const a = c.againstScratch;
  return (
    <tr>
      <th scope="row">{c.name}</th>
      <td class="n">{f === null ? "–" : `${number(f.slope, 3)} ± ${number(f.slopeError, 2)}`}</td>
      <td class="n">{f === null ? "–" : range(f.slopeLow, f.slopeHigh)}</td>
      <td class="n">{number(f?.rSquared, 3)} ({number(f?.rSquaredOfMeans, 3)})</td>
      <td class="n">{count(f?.points)}</td>
      <td class="n">{number(f?.rowsForHalf, 3)}</td>
      {wanted && <td class="n">{f?.wanted ? `${number(f.wanted.rows, 3)} (${range(f.wanted.low, f.wanted.high)})` : "–"}</td>}
      <td class="n">{a === null ? "–" : `${a.won} / ${a.pairs}`}</td>
      <td class="n">{a === null || a.factor === null ? "–" : `${number(a.factor, 2)}× (${range(a.low, a.high)})${a.at === null ? "" : ` at ${count(a.at)} rows`}`}</td>
    </tr>
  );
}

function JointTable({ fits, target }: { fits: readonly JointFit[]; target: string }) {
  return (
    <Card title={`${target}: joint fits in target and source rows`}>
      <p class="note">log10(error) = a − b·log10(target rows) − c·log10(source rows)</p>
      <div class="scroll"><table>
        <thead><tr><th scope="col">Mode</th><th scope="col" class="n">b (target)</th><th scope="col" class="n">95 % interval</th><th scope="col" class="n">c (source)</th><th scope="col" class="n">95 % interval</th><th scope="col" class="n">R²</th><th scope="col" class="n">Points</th></tr></thead>
        <tbody>{fits.map(f => <tr key={f.mode}><th scope="row">{f.mode}</th><td class="n">{number(f.targetSlope, 3)} ± {number(f.targetSlopeError, 2)}</td><td class="n">{range(f.targetLow, f.targetHigh)}</td><td class="n">{number(f.sourceSlope, 3)} ± {number(f.sourceSlopeError, 2)}</td><td class="n">{range(f.sourceLow, f.sourceHigh)}</td><td class="n">{number(f.rSquared, 3)}</td><td class="n">{count(f.points)}</td></tr>)}</tbody>
      </table></div>
    </Card>
  );
}

function range(low: number | null, high: number | null): string {
  return low === null || high === null ? "–" : `${number(low, 3)} to ${number(high, 3)}`;
}
