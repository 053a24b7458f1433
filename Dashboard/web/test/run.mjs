// Bundles the unit tests with esbuild and runs them in Node's own runner: no test framework to install.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(dirname(fileURLToPath(import.meta.url)));
const out = "../dist.test";
rmSync(out, { recursive: true, force: true });
const entryPoints = readdirSync(".").filter(f => f.endsWith(".test.ts")).map(f => "./" + f);
await build({ absWorkingDir: process.cwd(), entryPoints, bundle: true, platform: "node", format: "esm", outdir: out, outExtension: { ".js": ".mjs" }, external: ["node:*"], logLevel: "error" });
const files = entryPoints.map(f => join(out, f.replace(/\.ts$/, ".mjs")));
const { status } = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
rmSync(out, { recursive: true, force: true });
process.exit(status ?? 1);
