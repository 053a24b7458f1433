/** Dark or light: the system's choice, until the toggle says otherwise. */
import { useEffect, useState } from "preact/hooks";

export type Theme = "light" | "dark";
const key = "atomsets-theme";
const listeners = new Set<(theme: Theme) => void>();
const system = matchMedia("(prefers-color-scheme: dark)");

function chosen(): Theme | null {
  try {
    const stored = localStorage.getItem(key);
    return stored === "dark" || stored === "light" ? stored : null;
  } catch {
    return null; // Storage may be closed to pages from disk.
  }
}

export function theme(): Theme {
  return chosen() ?? (system.matches ? "dark" : "light");
}

function apply() {
  document.documentElement.dataset["theme"] = theme();
  listeners.forEach(f => f(theme()));
}

export function startTheme() {
  system.addEventListener("change", apply);
  apply();
}

export function toggleTheme() {
  const next: Theme = theme() === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(key, next);
  } catch {
    document.documentElement.dataset["theme"] = next;
    listeners.forEach(f => f(next));
    return;
  }
  apply();
}

export function useTheme(): Theme {
  const [state, setState] = useState<Theme>(() => (document.documentElement.dataset["theme"] as Theme | undefined) ?? theme());
  useEffect(() => {
    listeners.add(setState);
    return () => { listeners.delete(setState); };
  }, []);
  return state;
}
