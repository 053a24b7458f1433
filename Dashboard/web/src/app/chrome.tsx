/** The header's pieces. */
import { useLink } from "../api/hooks";
import { toggleTheme, useTheme } from "./theme";

export function Mark() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.4" aria-hidden="true">
      {[0, 60, 120].map(a => <ellipse key={a} cx="10" cy="10" rx="9" ry="3.6" transform={`rotate(${a} 10 10)`} />)}
      <circle cx="10" cy="10" r="1.8" fill="currentColor" stroke="none" />
    </svg>
  );
}

const words = { live: "live", polling: "updated every 3 s", lost: "connection lost", still: "" } as const;

export function LinkSign() {
  const link = useLink();
  return <span class={`link ${link}`} role="status">{words[link] !== "" && <><i aria-hidden="true" /><span>{words[link]}</span></>}</span>;
}

export function ThemeButton() {
  const theme = useTheme();
  const next = theme === "dark" ? "light" : "dark";
  return (
    <button type="button" class="icon" onClick={toggleTheme} aria-label={`Switch to ${next} colours`} title={`Switch to ${next} colours`}>
      <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.5" /><path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" fill="currentColor" /></svg>
    </button>
  );
}
