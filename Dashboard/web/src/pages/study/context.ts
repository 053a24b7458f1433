/** What every section of a study's page is given. */
import { query, report, study as path } from "../../api/client";
import { type Answer, useAnswer } from "../../api/hooks";
import type { Progress, Study } from "../../api/types";
import { useRoute } from "../../app/router";

export interface StudyProps {
  readonly study: Study;
  readonly progress: Progress;
  /** Grows when results may have changed. */
  readonly revision: number;
}

export const filterKeys = ["target", "mode", "model", "source", "size"] as const;
export type FilterKey = (typeof filterKeys)[number];
export type Filters = Readonly<Partial<Record<FilterKey, string>>>;

/** The filters in the address; a report holds the unfiltered answers only. */
export function useFilters(): Filters {
  const { query: values } = useRoute();
  if (report !== null) return {};
  return Object.fromEntries(filterKeys.filter(k => values[k] !== undefined).map(k => [k, values[k]]));
}

/** An answer about a study under the present filters. */
export function useResults<T>(props: StudyProps, rest: string, more: Readonly<Record<string, string | number | undefined>> = {}, wanted = true): Answer<T> {
  const filters = useFilters();
  return useAnswer<T>(wanted ? path(props.study.name, rest + query({ ...more, ...filters })) : null, props.revision);
}

export const sections = [
  ["overview", "Overview"], ["configurations", "Configurations"], ["curves", "Learning curves"], ["search", "Search"], ["scaling", "Scaling"],
  ["transfer", "Transfer"], ["layers", "Layers and sources"], ["errors", "Errors"], ["tables", "Tables"], ["plan", "Plan"],
] as const;
export type Section = (typeof sections)[number][0];

/** Whether a study has something to show in a section. */
export function offers(section: Section, { has }: Study): boolean {
  switch (section) {
    case "search": return has.searches;
    case "scaling": return has.scaling;
    case "transfer": return has.pairs;
    case "layers": return has.layers || has.sources;
    case "errors": return has.parity;
    case "tables": return has.groups || has.ensembles || has.discovery || has.parity;
    default: return true;
  }
}
