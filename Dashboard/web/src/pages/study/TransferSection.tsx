/** Transfer beside scratch: same rows, same seeds. */
import { useCallback } from "preact/hooks";
import type { PairRow, Pairs } from "../../api/types";
import type { Palette } from "../../charts/palette";
import { dumbbellOption, pairsSheet } from "../../charts/transfer";
import { count, number, percent } from "../../science/format";
import { Figure } from "../../ui/Figure";
import { Card, Empty, Stat, Waiting } from "../../ui/parts";
import { type StudyProps, useResults } from "./context";

export function TransferSection(props: StudyProps) {
  const { data, error } = useResults<Pairs>(props, "/pairs");
  if (data === null) return <Waiting error={error} />;
  if (data.rows.length === 0) return <Empty>No pair of a transferred run and one from scratch has ended yet.</Empty>;
  const targets = [...new Set(data.rows.map(r => r.target))];
  return (
    <>
      <Card label="Wins">
        <dl class="stats">
          <Stat name="Transfer wins" value={`${count(data.wins)} of ${count(data.pairs)}`} hint={`${percent(data.wins / data.pairs)} of pairs with the same rows, fold and seed`} />
          {targets.slice(0, 6).map(t => {
            const rows = data.rows.filter(r => r.target === t);
            const [wins, pairs] = [rows.reduce((n, r) => n + r.wins, 0), rows.reduce((n, r) => n + r.pairs, 0)];
            return targets.length > 1 ? <Stat key={t} name={t} value={`${wins} of ${pairs}`} /> : null;
          })}
        </dl>
      </Card>
      {targets.map(t => <Target key={t} target={t} rows={data.rows.filter(r => r.target === t)} />)}
    </>
  );
}

function Target({ target, rows }: { target: string; rows: readonly PairRow[] }) {
  const option = useCallback((palette: Palette) => dumbbellOption(rows, palette), [JSON.stringify(rows)]);
  const wins = rows.filter(r => r.transfer < r.scratch).length;
  return (
    <>
      <Figure title={`${target}: transfer against scratch`} option={option} sheet={() => pairsSheet(rows)} height={90 + 30 * rows.length}
        label={`Dumbbells of ${target}: transfer has the lower mean error in ${wins} of ${rows.length} rows of the chart`}
        note="Open circle: from scratch; filled: transferred. Green lines: transfer has the lower mean. Numbers: wins of replicate pairs." />
      <Card title={`${target}: the numbers`}>
        <div class="scroll" tabIndex={0} role="region" aria-label={`Pairs of ${target}`}><table>
          <thead><tr><th scope="col">Curve</th><th scope="col" class="n">Rows</th><th scope="col" class="n">Scratch</th><th scope="col" class="n">Transfer</th><th scope="col">Unit</th><th scope="col" class="n">Ratio</th><th scope="col" class="n">Wins</th></tr></thead>
          <tbody>{rows.map(r => <tr key={r.curve + r.size}><th scope="row">{r.curve}</th><td class="n">{count(r.size)}</td><td class="n">{number(r.scratch)}</td><td class="n">{number(r.transfer)}</td><td>{r.unit}</td><td class="n" style={{ color: (r.ratio ?? 1) < 1 ? "var(--good)" : "var(--bad)" }}>{number(r.ratio, 3)}</td><td class="n">{r.wins} / {r.pairs}</td></tr>)}</tbody>
        </table></div>
      </Card>
    </>
  );
}
