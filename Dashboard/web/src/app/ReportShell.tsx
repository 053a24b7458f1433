/** The frame of a report: one study, and when it was written. */
import { report } from "../api/client";
import { StudyPage } from "../pages/study/Study";
import { Mark, ThemeButton } from "./chrome";

export function ReportShell() {
  if (report === null) return <main><p class="empty">This file holds no data: `atomsets study report` writes one that does.</p></main>;
  return (
    <>
      <header class="top">
        <div>
          <span class="brand"><Mark /><span>AtomSets</span></span>
          <nav aria-label="Report"><a aria-current="page" href="#/">Report of {report.study}</a></nav>
          <span class="link">written {report.generated.slice(0, 16).replace("T", " ")} UTC</span>
          <ThemeButton />
        </div>
      </header>
      <main id="content"><StudyPage name={report.study} /></main>
    </>
  );
}
