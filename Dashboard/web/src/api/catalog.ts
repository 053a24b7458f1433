/** What the HTTP API answers about data sets, models and itself. */

export interface Info { product: string; version: string; database: string; cluster: boolean; pages: boolean; time: string }

export interface DataSetLine { name: string; title: string; kind: string; rows: number | null; isHere: boolean; howToObtain: string | null; licence: string | null }
export interface DataSets { datasets: DataSetLine[] }

export interface Column {
  name: string; unit: string | null; about: string | null; count: number; missing: number; mean: number | null; standardDeviation: number | null; meanAbsoluteDeviation: number | null;
  min: number | null; q05: number | null; q25: number | null; median: number | null; q75: number | null; q95: number | null; max: number | null;
}
export interface DataSet {
  name: string; title: string; kind: string; rows: number; refused: number; source: string | null; contentHash: string | null; licence: string | null; citations: string[]; problems: string[];
  published: { column: string; metric: string; value: number; method: string; input: string | null; note: string | null }[];
  parts: { column: string; values: { value: string; count: number }[] }[]; columns: Column[];
}
export interface Histogram { column: string; unit: string | null; count: number; missing: number; edges: number[]; counts: number[] }
export interface Refused { total: number; rows: { file: string | null; row: number | null; id: string | null; reason: string }[] }

export interface Site { element: string; number: number; fractional: [number, number, number]; cartesian: [number, number, number] }
export interface Crystal { lattice: [number, number, number][]; lengths: number[]; angles: number[]; volume: number; sites: Site[] }
export interface Material { id: string; dataSet: string; formula: string | null; values: Record<string, number | null>; crystal: Crystal | null }

export interface ModelLine { name: string; origin: string; kind: string | null; property: string | null; unit: string | null; error: number | null; about: string | null; trial: string | null; problem: string | null }
export interface Models { models: ModelLine[] }

export interface Provenance { dataSet: string; column: string; rows: number | null }
export interface Model {
  name: string; kind: string; revision: number | null; property: string | null; unit: string | null; parameters: number | null; members: number; needs: "structure" | "formula" | string;
  settings: Record<string, unknown>; training: Record<string, unknown> | null; metrics: Record<string, number | null>; interval90: number | null; calibrationRows: number | null;
  trainedOn: Provenance[]; parents: { name: string | null; transfer: string | null; trainedOn: Provenance[] }[]; elements: string[]; states: string[]; contentHash: string | null;
}
export interface Prediction {
  model: string; property: string | null; unit: string | null; id: string | null; formula: string | null; value: number; low: number | null; high: number | null; interval: number | null; note: string | null;
}
