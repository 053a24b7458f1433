import { useCallback } from "preact/hooks";
import type { ScalingTarget } from "../../api/types";
import type { Palette } from "../../charts/palette";
import { scalingOption, scalingSheet, scalingWords } from "../../charts/scaling";
import { Figure } from "../../ui/Figure";

/** One target's errors against training rows. */
export function ScalingFigure({ data, title, height = 340 }: { data: ScalingTarget; title: string; height?: number }) {
  const option = useCallback((palette: Palette) => scalingOption(data, palette), [data]);
  const { runs } = data;
  return (
    <Figure title={title} label={scalingWords(data)} option={option} sheet={() => scalingSheet(data)} height={height}
      note={`${runs.finished} runs: ${runs.plateau} stopped on their plateau, ${runs.capped} at the epoch cap${runs.paused > 0 ? `, ${runs.paused} paused at a rung` : ""}. Small dots are single runs, whiskers standard errors.`} />
  );
}
