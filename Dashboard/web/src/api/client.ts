/** The pages' one way to data: the HTTP API, or the answers that a report carries with it. */

interface Report { format: number; study: string; generated: string; version: string; answers: Record<string, unknown> }

/** The data embedded in a report; null on a server's pages. */
export const report: Report | null = readReport();

export class ApiError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** GET of a path below /api/v1, such as `/studies/demo`. Errors carry the server's own words. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  if (report !== null) {
    const full = "/api/v1" + path;
    const bare = full.split("?")[0]!;
    const key = full in report.answers ? full : bare in report.answers ? bare : Object.keys(report.answers).find(k => k.split("?")[0] === bare && !fixed(k));
    if (key === undefined) throw new ApiError(404, "The report does not hold this.");
    return report.answers[key] as T;
  }
  return answer<T>(await fetch("/api/v1" + path, { signal, headers: { Accept: "application/json" } }));
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  return answer<T>(await fetch("/api/v1" + path, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body) }));
}

/** `a=1&b=x%2Cy` of the keys that have a value, in their order. */
export function query(values: Readonly<Record<string, string | number | boolean | null | undefined>>): string {
  const parts = Object.entries(values).filter(([, v]) => v !== undefined && v !== null && v !== "").map(([k, v]) => `${k}=${encodeURIComponent(String(v))}`);
  return parts.length === 0 ? "" : "?" + parts.join("&");
}

export function study(name: string, rest = ""): string {
  return `/studies/${encodeURIComponent(name)}${rest}`;
}

async function answer<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => null)) as { title?: string; detail?: string } | null;
  throw new ApiError(response.status, problem?.detail ?? problem?.title ?? `The server answered ${response.status}.`);
}

/** Answers for one target or one material are no answer for another. */
function fixed(key: string): boolean {
  return /[?&](target|id|by)=/.test(key);
}

function readReport(): Report | null {
  const element = typeof document === "undefined" ? null : document.getElementById("atomsets-data");
  return element === null ? null : (JSON.parse(element.textContent ?? "null") as Report | null);
}
