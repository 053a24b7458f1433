/** The frame around every page: navigation, the state of the connection, the theme. Pages are loaded when they are first shown. */
import { useEffect, useRef } from "preact/hooks";
import { StudiesPage } from "../pages/Studies";
import { LinkSign, Mark, ThemeButton } from "./chrome";
import { lazily } from "./lazily";
import { useRoute } from "./router";

const StudyPage = lazily(() => import("../pages/study/Study").then(m => m.StudyPage));
const WorkersPage = lazily(() => import("../pages/Workers").then(m => m.WorkersPage));
const DataPage = lazily(() => import("../pages/Data").then(m => m.DataPage));
const ModelsPage = lazily(() => import("../pages/Models").then(m => m.ModelsPage));

const places = [["studies", "Studies"], ["workers", "Workers"], ["data", "Data"], ["models", "Models"]] as const;

export function Shell() {
  const { path } = useRoute();
  const main = useRef<HTMLElement>(null);
  const [page = "studies", name] = path;
  const at = page === "study" ? "studies" : page;
  useEffect(() => {
    document.title = [name, places.find(p => p[0] === at)?.[1], "AtomSets"].filter(Boolean).join(" · ");
  }, [at, name]);
  return (
    <>
      <a class="skip" href="#content" onClick={e => { e.preventDefault(); main.current?.focus(); }}>Skip to the content</a>
      <header class="top">
        <div>
          <a class="brand" href="#/studies"><Mark /><span>AtomSets</span></a>
          <nav aria-label="Pages">{places.map(([key, text]) => <a key={key} href={`#/${key}`} aria-current={at === key ? "page" : undefined}>{text}</a>)}</nav>
          <LinkSign />
          <ThemeButton />
        </div>
      </header>
      <main ref={main} id="content" tabIndex={-1}>
        {page === "study" && name !== undefined ? <StudyPage key={name} name={name} />
          : page === "workers" ? <WorkersPage />
          : page === "data" ? <DataPage name={name} />
          : page === "models" ? <ModelsPage name={name} />
          : <StudiesPage />}
      </main>
    </>
  );
}
