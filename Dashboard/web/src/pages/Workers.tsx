/** Workers and what they do now, devices and what they have done, silos of a cluster. */
import { useLive } from "../api/hooks";
import type { Workers } from "../api/types";
import { count, number } from "../science/format";
import { Card, Empty, Status, Waiting } from "../ui/parts";
import { WorkerTable } from "./WorkerTable";

export function WorkersPage() {
  const { data, error } = useLive<Workers>("/workers", "workers");
  if (data === null) return <Waiting error={error} />;
  return (
    <>
      <h1>Workers</h1>
      <Card title="Now">{data.workers.length === 0 ? <Empty>No worker is busy. They start with a study: <code>./atomsets study run …</code></Empty> : <WorkerTable workers={data.workers} withStudy />}</Card>
      {data.silos.length > 0 && (
        <Card title="Silos">
          <div class="scroll"><table>
            <thead><tr><th scope="col">Silo</th><th scope="col">State</th><th scope="col" class="n">Workers</th><th scope="col" class="n">Busy</th><th scope="col">Doing</th></tr></thead>
            <tbody>{data.silos.map(s => <tr key={s.silo}><th scope="row">{s.silo}</th><td><Status status={s.state} /></td><td class="n">{count(s.workers)}</td><td class="n">{count(s.busy)}</td><td class="wrap">{s.doing}</td></tr>)}</tbody>
          </table></div>
        </Card>
      )}
      <Card title="Devices, and what they have computed">
        {data.devices.length === 0 ? <Empty>Nothing has been computed yet.</Empty> : (
          <div class="scroll" tabIndex={0} role="region" aria-label="Devices"><table>
            <thead><tr><th scope="col">Worker</th><th scope="col">Machine</th><th scope="col">Device</th><th scope="col">Work</th><th scope="col">Model</th><th scope="col" class="n">Trials</th><th scope="col" class="n">Epochs</th><th scope="col" class="n">Core hours</th><th scope="col">First</th><th scope="col">Last</th></tr></thead>
            <tbody>{data.devices.map(d => (
              <tr key={`${d.worker}/${d.machine}/${d.device}/${d.kind}/${d.family}`}><td>{d.worker}</td><td>{d.machine ?? "–"}</td><td>{d.device ?? "–"}</td><td>{d.kind}</td><td>{d.family ?? "–"}</td><td class="n">{count(d.trials)}</td><td class="n">{count(d.epochs)}</td><td class="n">{number(d.coreHours, 3)}</td><td>{moment(d.first)}</td><td>{moment(d.last)}</td></tr>
            ))}</tbody>
          </table></div>
        )}
      </Card>
    </>
  );
}

function moment(iso: string): string {
  return iso.slice(0, 16).replace("T", " ");
}
