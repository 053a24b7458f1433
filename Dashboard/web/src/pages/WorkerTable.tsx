/** Workers and what each does now. */
import type { Worker } from "../api/types";
import { href } from "../app/router";
import { count, duration, number } from "../science/format";
import { ProgressBar } from "../ui/parts";

export function WorkerTable({ workers, withStudy = false }: { workers: readonly Worker[]; withStudy?: boolean }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Workers">
      <table>
        <thead>
          <tr>
            <th scope="col">Worker</th>{withStudy && <th scope="col">Study</th>}<th scope="col">Doing</th><th scope="col">Step</th><th scope="col" style={{ minWidth: 140 }}>Epochs</th>
            <th scope="col" class="n">Validation error</th><th scope="col" class="n">Samples/s</th><th scope="col" class="n">Left</th>
          </tr>
        </thead>
        <tbody>
          {workers.map(w => (
            <tr key={`${w.owner ?? ""}/${w.worker}`} style={w.isAlive ? undefined : { opacity: 0.5 }}>
              <td>{w.worker}{w.owner !== null && <span class="note"> {w.owner}</span>}</td>
              {withStudy && <td>{w.study === null ? "–" : <a href={href(["study", w.study])}>{w.study}</a>}</td>}
              <td>{w.isAlive ? w.activity : "silent"}</td>
              <td class="wrap">{w.node ?? "–"}</td>
              <td>{w.epoch === null ? "–" : w.maxEpochs === null ? count(w.epoch) : <><span>{count(w.epoch)} / {count(w.maxEpochs)}</span><ProgressBar label={`Epochs of ${w.worker}`} total={w.maxEpochs} parts={[{ name: "epochs", value: w.epoch, kind: "done" }]} /></>}</td>
              <td class="n">{w.error === null ? "–" : `${number(w.error)} ${w.unit ?? ""}`}</td>
              <td class="n">{number(w.samplesPerSecond, 3)}</td>
              <td class="n">{duration(w.remaining)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
