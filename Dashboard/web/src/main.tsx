import { render } from "preact";
import { Shell } from "./app/Shell";
import { startTheme } from "./app/theme";
import "./style.css";

startTheme();
render(<Shell />, document.getElementById("app")!);
