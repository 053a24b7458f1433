/** The view as part of the address: `#/study/quick/configurations?sort=-test`. Copying the address copies the view. */
import { useEffect, useState } from "preact/hooks";

export interface Route {
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?", 2) as [string, string?];
  const entries = query === "" ? [] : [...new URLSearchParams(query).entries()];
  return { path: path.split("/").filter(part => part !== "").map(decode), query: Object.fromEntries(entries) };
}

export function href(path: readonly string[], query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== "") search.set(key, String(value));
  const text = search.toString();
  return "#/" + path.map(encodeURIComponent).join("/") + (text === "" ? "" : "?" + text);
}

/** Changes parts of the present view's query; an empty value removes its key. Typing in a filter makes no history. */
export function setQuery(changes: Readonly<Record<string, string | number | undefined>>): void {
  const { path, query } = parseRoute(location.hash);
  const next: Record<string, string | number | undefined> = { ...query, ...changes };
  history.replaceState(null, "", href(path, next));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const listen = () => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", listen);
    return () => removeEventListener("hashchange", listen);
  }, []);
  return route;
}

/** One value of the query as state. */
export function useQuery(key: string, fallback = ""): [string, (value: string) => void] {
  const { query } = useRoute();
  return [query[key] ?? fallback, value => setQuery({ [key]: value === fallback ? undefined : value })];
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
