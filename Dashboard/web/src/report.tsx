/** One study as a file: the same page, with the answers that the file carries. */
import { render } from "preact";
import { ReportShell } from "./app/ReportShell";
import { startTheme } from "./app/theme";
import "./style.css";

startTheme();
render(<ReportShell />, document.getElementById("app")!);
