/** Answers and live events as state of components. */
import { useEffect, useState } from "preact/hooks";
import { get, report, study } from "./client";
import type { Progress, Study } from "./types";

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

/** A browser keeps six connections to a server, for all of its tabs: one that nobody has looked at for so long gives its own back. */
const hiddenPatience = 5000;

/** Events of a view that is looked at; one that comes into sight again is told everything anew. Returns what ends it. */
function listen(url: string, handlers: Handlers, poll: () => Promise<boolean>): () => void {
  let timer = 0;
  let ended = false;
  let stop: (() => void) | null = null;
  const start = () => { stop ??= connect(url, { ...handlers, end: data => { ended = true; handlers["end"]?.(data); } }, poll); };
  const look = () => {
    clearTimeout(timer);
    if (ended) return;
    if (!document.hidden) start();
    else timer = window.setTimeout(() => { stop?.(); stop = null; }, hiddenPatience);
  };
  document.addEventListener("visibilitychange", look);
  start();
  return () => { document.removeEventListener("visibilitychange", look); clearTimeout(timer); stop?.(); };
}

/** Server-sent events; where they fail for good, `poll` every three seconds. Returns what ends it. */
function connect(url: string, handlers: Handlers, poll: () => Promise<boolean>): () => void {
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

/**
 * A study with its progress, and a number that grows when its results may have changed: when more was written to it than the study's own answer knows of.
 */
export function useStudy(name: string): Answer<Study> & { readonly progress: Progress | null; readonly revision: number } {
  const [progress, setProgress] = useState<Progress | null>(null);
  const [written, setWritten] = useState(-1);
  const [revision, setRevision] = useState(0);
  const { data, error } = useAnswer<Study>(study(name, "?quick=true"), revision);
  useEffect(() => {
    if (report !== null) return;
    const progressed = (data: unknown) => setProgress(data as Progress);
    return listen("/api/v1" + study(name, "/events"), {
      progress: progressed,
      results: data => setWritten((data as { sequence: number }).sequence),
      end: progressed,
    }, async () => {
      const now = await get<Study>(study(name));
      progressed(now.progress);
      setWritten(now.sequence);
      return now.status === "running";
    });
  }, [name]);
  const known = data?.sequence ?? -1;
  useEffect(() => { if (known >= 0 && written > known) setRevision(n => n + 1); }, [known, written]);
  return { data, error, progress: progress ?? data?.progress ?? null, revision };
}
