/** Answers and live events as state of components. */
import { useEffect, useState } from "preact/hooks";
import { get, report, study } from "./client";
import type { Progress } from "./types";

export interface Answer<T> { readonly data: T | null; readonly error: string | null }

/** GET of a path, again whenever the path or `revision` changes; the former data stay until the new are there. A null path asks nothing. */
export function useAnswer<T>(path: string | null, revision = 0): Answer<T> {
  const [state, setState] = useState<{ path: string | null; answer: Answer<T> }>({ path: null, answer: { data: null, error: null } });
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    get<T>(path, abort.signal).then(
      data => setState({ path, answer: { data, error: null } }),
      (error: unknown) => { if (!abort.signal.aborted) setState(s => ({ path, answer: { data: s.path === path ? s.answer.data : null, error: message(error) } })); });
    return () => abort.abort();
  }, [path, revision]);
  return state.answer;
}

export function message(error: unknown): string {
  return error instanceof TypeError ? "The server does not answer." : error instanceof Error ? error.message : String(error);
}

export type Link = "live" | "polling" | "lost" | "still";

/** Whether the newest stream is up, for the sign in the header. */
const links = new Set<(link: Link) => void>();
let link: Link = "still";
function setLink(next: Link) {
  if (next === link) return;
  link = next;
  links.forEach(f => f(next));
}
export function useLink(): Link {
  const [state, setState] = useState(link);
  useEffect(() => {
    links.add(setState);
    setState(link);
    return () => { links.delete(setState); };
  }, []);
  return state;
}

type Handlers = Readonly<Record<string, (data: unknown) => void>>;

/** Server-sent events; where they fail for good, `poll` every three seconds. Returns what ends it. */
function listen(url: string, handlers: Handlers, poll: () => Promise<boolean>): () => void {
  let timer = 0;
  let closed = false;
  let failures = 0;
  const startPolling = () => {
    setLink("polling");
    const tick = () => poll().then(goOn => { if (!closed && goOn) { setLink("polling"); timer = window.setTimeout(tick, 3000); } },
      () => { if (!closed) { setLink("lost"); timer = window.setTimeout(tick, 3000); } });
    void tick();
  };
  if (typeof EventSource === "undefined") {
    startPolling();
    return () => { closed = true; clearTimeout(timer); setLink("still"); };
  }
  const source = new EventSource(url);
  source.onopen = () => { failures = 0; setLink("live"); };
  source.onerror = () => {
    if (closed) return;
    setLink("lost");
    // The browser tries again by itself, unless the server refused; then, or after many failures, polling takes over.
    if (source.readyState === EventSource.CLOSED || ++failures > 5) {
      source.close();
      startPolling();
    }
  };
  for (const [name, handle] of Object.entries(handlers)) {
    source.addEventListener(name, event => {
      handle(JSON.parse((event as MessageEvent<string>).data));
      if (name === "end") { closed = true; source.close(); setLink("still"); }
    });
  }
  return () => { closed = true; source.close(); clearTimeout(timer); setLink("still"); };
}

/** An answer that events of the same shape replace, for lists such as the studies. */
export function useLive<T>(path: string, event: string): Answer<T> {
  const first = useAnswer<T>(path);
  const [newest, setNewest] = useState<T | null>(null);
  useEffect(() => {
    if (report !== null) return;
    return listen("/api/v1/events", { [event]: data => setNewest(data as T) }, async () => { setNewest(await get<T>(path)); return true; });
  }, [path, event]);
  return { data: newest ?? first.data, error: newest === null ? first.error : null };
}

/** Progress of a study, and a number that grows when its results may have changed. */
export function useStudyEvents(name: string): { progress: Progress | null; revision: number } {
  const [state, setState] = useState<{ name: string; progress: Progress | null; revision: number }>({ name, progress: null, revision: 0 });
  useEffect(() => {
    if (report !== null) return;
    let sequence = -1;
    let wasRunning = false;
    const progressed = (data: unknown) => setState(s => ({ name, progress: data as Progress, revision: s.name === name ? s.revision : 0 }));
    const changed = () => setState(s => ({ ...s, revision: s.revision + 1 }));
    return listen("/api/v1" + study(name, "/events"), {
      progress: data => { wasRunning = true; progressed(data); },
      results: changed,
      end: data => { progressed(data); if (wasRunning) changed(); },
    }, async () => {
      const now = await get<{ progress: Progress; sequence: number; status: string }>(study(name));
      progressed(now.progress);
      if (sequence >= 0 && now.sequence !== sequence) changed();
      sequence = now.sequence;
      return now.status === "running";
    });
  }, [name]);
  return state.name === name ? state : { progress: null, revision: 0 };
}
