/** What the HTTP API answers with (/api/v1, described by /api/openapi.json). Numbers that are not known are null; durations are seconds. */

export type StudyStatus = "running" | "finished" | "failed" | "cancelled";

export interface StudyLine {
  name: string; status: StudyStatus; description: string; priority: number; created: string; changed: string;
  nodes: number; finished: number; failed: number; blocked: number; sequence: number;
}
export interface Studies { studies: StudyLine[] }

export interface Score { metric: string; value: number; unit: string }

export interface Worker {
  worker: string; study: string | null; node: string | null; trial: string | null; activity: string; epoch: number | null; maxEpochs: number | null;
  error: number | null; unit: string | null; samplesPerSecond: number | null; remaining: number | null; owner: string | null; age: number | null; isAlive: boolean;
}
export interface Device {
  worker: string; machine: string | null; device: string | null; kind: string; family: string | null; trials: number; epochs: number; coreHours: number; first: string; last: string;
}
export interface Silo { silo: string; state: string; workers: number; busy: number; doing: string }
export interface Workers { workers: Worker[]; devices: Device[]; silos: Silo[] }

export interface Rung { epochs: number | null; training: number; paused: number; done: number; pruned: number; failed: number; reached: number }
export interface Leader { what: string; configuration: string; score: Score; standardError: number | null; replicates: number; of: number; epochs: number | null; compared: number }

export interface Progress {
  study: string; status: StudyStatus; trials: number; planned: number; finished: number; reused: number; failed: number; blocked: number; skipped: number;
  running: number; waiting: number; waitingForParents: number; elapsed: number | null; remaining: number | null; remainingLow: number | null; remainingHigh: number | null;
  trainingsPerHour: number | null; coreHoursTaken: number | null; coreHoursBudget: number | null; silence: number | null; message: string | null; best: Score | null;
  workers: Worker[]; searches: { search: string; draws: number; drawn: number; ended: number; rungs: Rung[] }[]; leaders: Leader[]; recent: { node: string; text: string }[];
  /** False where only trials were counted: the rest comes with the events. */
  complete: boolean;
}

export interface StudyTarget {
  name: string; dataSet: string; property: string; unit: string; metric: string; isTest: boolean; modes: string[]; models: string[]; sources: string[]; sizes: number[];
}
export interface Study {
  name: string; status: StudyStatus; description: string; priority: number; hash: string; created: string; changed: string; sequence: number; source: string | null;
  facts: { kind: string; count: number; text: string }[]; targets: StudyTarget[]; sources: { name: string; dataSet: string; property: string; unit: string; sizes: number[] }[];
  missing: { reason: string; steps: number; example: string }[]; looks: { dataSet: string; target: string; rows: string; rowCount: number; looks: number; studyLooks: number }[];
  has: { scaling: boolean; pairs: boolean; searches: boolean; layers: boolean; sources: boolean; groups: boolean; ensembles: boolean; parity: boolean; discovery: boolean };
  progress: Progress;
}

export interface PlanNode {
  id: string; kind: "train" | "search" | "select" | "evaluate"; role: string | null; target: string | null; mode: string | null; model: string | null; label: string; depth: number;
  count: number; waiting: number; requested: number; finished: number; failed: number; blocked: number; skipped: number;
}
export interface Plan { nodes: PlanNode[]; edges: { from: string; to: string; count: number }[] }
export interface Steps { total: number; offset: number; rows: { node: string; kind: string; status: string; trial: string | null; reason: string | null; labels: Record<string, string> }[] }
export interface Decisions { total: number; rows: { sequence: number; at: string; node: string | null; text: string }[] }

export interface Configuration {
  configuration: string; role: string | null; target: string | null; mode: string | null; model: string | null; family: string | null; source: string | null; sourceSize: number | null;
  dataSet: string | null; property: string | null; size: number | null; settings: Record<string, string>; runs: number; failed: number; pending: number; skipped: number; paused: number;
  capped: number; validation: number | null; validationSe: number | null; test: number | null; testSe: number | null; metric: string | null; unit: string | null; pairs: number; wins: number;
  ratioToScratch: number | null; epochs: number | null; coreHours: number | null; parameters: number | null;
}
export interface ConfigurationGroup { value: string | null; configurations: number; runs: number; validation: number | null; test: number | null }
export interface Configurations { total: number; offset: number; rows: Configuration[]; settings: string[]; groups: ConfigurationGroup[] }

export interface Run {
  node: string; role: string | null; status: string; model: string | null; family: string | null; mode: string | null; source: string | null; sourceSize: number | null; target: string | null;
  dataSet: string | null; property: string | null; size: number | null; seed: number | null; fold: string | null; settings: Record<string, string>; validation: number | null; test: number | null;
  metric: string | null; unit: string | null; epochs: number | null; bestEpoch: number | null; stop: string | null; seconds: number | null; parameters: number | null; worker: string | null; trial: string | null;
}
export interface Runs { total: number; offset: number; rows: Run[] }

export interface Parameter {
  name: string; kind: "number" | "choice"; isLog: boolean; importance: number | null; points: { value: string; error: number; draw: string }[];
  bins: { from: number | null; to: number | null; label: string | null; count: number; mean: number | null }[];
}
export interface Importance {
  searches: { target: string | null; mode: string | null; model: string | null; size: number | null; draws: number; epochs: number | null; metric: string; unit: string; parameters: Parameter[] }[];
}

export interface Curve {
  trial: string; node: string; configuration: string; role: string | null; target: string | null; mode: string | null; model: string | null; source: string | null; size: number | null;
  seed: number | null; fold: string | null; unit: string | null; bestEpoch: number | null; stop: string | null; epoch: number[]; validation: (number | null)[]; train: (number | null)[]; rate: (number | null)[];
}
export interface Curves { total: number; offset: number; metric: string | null; curves: Curve[] }

export interface SearchTrial { draw: number; settings: Record<string, string>; scores: { epochs: number | null; validation: number }[]; state: string }
export interface Search {
  search: string; target: string | null; mode: string | null; model: string | null; source: string | null; size: string | null; fold: string | null; draws: number; drawn: number; ended: number;
  sampler: string | null; rungs: Rung[]; kept: Record<string, string> | null; keptValidation: number | null; keptTest: number | null; unit: string | null; end: string | null; trials: SearchTrial[];
}
export interface Searches { searches: Search[] }

export interface Fit {
  intercept: number; slope: number; slopeError: number | null; slopeLow: number | null; slopeHigh: number | null; rSquared: number | null; rSquaredOfMeans: number | null; points: number; rowsForHalf: number | null;
  line: { size: number; error: number }[]; wanted: { error: number; rows: number | null; low: number | null; high: number | null } | null;
}
export interface ScalingCurve {
  name: string; mode: string | null; model: string | null; source: string | null; sourceSize: number | null;
  points: { size: number; mean: number; standardError: number | null; count: number; runs: { error: number; seed: number | null; fold: string | null; node: string }[] }[];
  fit: Fit | null; againstScratch: { won: number; pairs: number; factor: number | null; at: number | null; low: number | null; high: number | null } | null;
}
export interface JointFit {
  mode: string; intercept: number; targetSlope: number; targetSlopeError: number | null; targetLow: number | null; targetHigh: number | null; sourceSlope: number; sourceSlopeError: number | null;
  sourceLow: number | null; sourceHigh: number | null; rSquared: number | null; points: number;
}
export interface ScalingTarget {
  target: string; property: string; dataSet: string; unit: string; metric: string; isTest: boolean; runs: { finished: number; plateau: number; capped: number; paused: number };
  curves: ScalingCurve[]; joint: JointFit[];
}
export interface Scaling { targets: ScalingTarget[]; sources: ScalingTarget[] }

export interface PairRow {
  target: string; curve: string; mode: string; model: string | null; source: string | null; sourceSize: number | null; size: number | null; unit: string; metric: string; isTest: boolean;
  pairs: number; wins: number; scratch: number; transfer: number; ratio: number | null; replicates: { seed: number | null; fold: string | null; scratch: number; transfer: number }[];
}
export interface Pairs { pairs: number; wins: number; rows: PairRow[] }

export interface Facet {
  target: string; mode: string | null; size: number | null; value: string | null; mean: number; standardError: number | null; count: number; isTest: boolean; unit: string; metric: string; selected: boolean;
}
export interface Facets { by: string; rows: Facet[] }

export interface Groups {
  rows: { target: string; group: string; dataSet: string; property: string; rows: number | string; unit: string; winner: string | null; mode: string | null; validation: number | null; test: number | null; testError: number | null; isChosen: boolean; publishedScratch: number | null; publishedTransfer: number | null }[];
  notes: string[];
}
export interface Metrics {
  rows: { target: string; way: string; rows: string; metric: string; unit: string; mean: number | null; spread: number | null; looks: number; published: { value: number; method: string } | null }[];
}
export interface Ensembles {
  rows: { target: string; mode: string; rows: string; unit: string; members: string[]; single: number | null; mean: number | null; standardError: number | null; overAll: number | null; validation: number | null; coverage: number | null }[];
}
export interface Discovery {
  rows: { target: string; way: string; rows: string; unit: string; top: number; candidates: number; found: number | null; foundSe: number | null; first: number | null; above: number | null; error: number | null; residual: number | null }[];
}

export type Formulas = "ready" | "loading" | "unknown";
export interface ParityPoint { material: string; formula: string | null; truth: number; predicted: number; spread: number | null; evaluations: number }
export interface Parity {
  total: number; offset: number; unit: string; property: string; dataSet: string; target: string | null; targets: string[]; mae: number | null; rmse: number | null; r2: number | null; formulas: Formulas; rows: ParityPoint[];
}
export interface WorstRow {
  dataSet: string; property: string; rank: number; material: string; formula: string | null; truth: number; meanError: number; meanResidual: number; predictions: number; unit: string;
}
export interface Worst { formulas: Formulas; rows: WorstRow[] }
export interface Elements {
  target: string | null; targets: string[]; unit: string; formulas: Formulas; elements: { symbol: string; number: number; materials: number; meanError: number; meanResidual: number }[];
}
