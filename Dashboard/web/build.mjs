// Builds the pages into dist/: once for all builds that run at the same time, and only where a source changed.
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
process.chdir(root);
const stamp = join("dist", ".built");
const lock = ".build.lock";

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap(e => (e.isDirectory() ? files(join(folder, e.name)) : [join(folder, e.name)]));
}

/** What decides the output: the sources, the locked packages, this script. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const file of [...files("src"), "head.html", "index.html", "report.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "build.mjs"].sort())
    hash.update(relative(root, join(root, file))).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

function isBuilt(wanted) {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
}

/** One build at a time. A lock whose holder is gone is taken over. */
function acquire() {
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, "pid"), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      if (isAbandoned()) rmSync(lock, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    }
  }
}

function isAbandoned() {
  try {
    if (Date.now() - statSync(lock).mtimeMs > 900_000) return true;
    process.kill(Number(readFileSync(join(lock, "pid"), "utf8")), 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH"; // Anything else: it is being made or given back at this moment.
  }
}

function run(...args) {
  const result = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (result.status !== 0) throw new Error(`${args.join(" ")}: ${result.stdout}${result.stderr}`);
}

/** The locked packages; what goes wrong here is the machine's fault, not the sources'. */
function install() {
  const marker = join("node_modules", ".package-lock.json");
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync("package-lock.json").mtimeMs) return;
  const patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000", "--fetch-timeout=60000"];
  const result = spawnSync("npm", ["ci", "--prefer-offline", "--loglevel=error", ...patience], { encoding: "utf8", shell: process.platform === "win32" });
  if (result.status !== 0) {
    if (result.stderr?.includes("EUSAGE")) throw new Error(result.stderr);
    throw new MachineError(result.error?.code === "ENOENT" ? "npm is missing" : `npm ci failed: ${(result.stderr.match(/npm (?:error|ERR!) (?:code )?(.+)/) ?? ["", "no reason given"])[1]}`);
  }
  utimesSync(marker, new Date(), new Date());
}

class MachineError extends Error {}

/** The one script and the one style sheet of the report's bundle, inside its page. */
function inline() {
  const assets = readdirSync("dist.report/assets");
  const read = end => assets.filter(a => a.endsWith(end)).map(a => readFileSync(join("dist.report/assets", a), "utf8")).join("\n");
  const page = readFileSync("dist.report/report.html", "utf8")
    .replace(/<script[^>]*src=[^>]*><\/script>/g, "").replace(/<link[^>]*rel="stylesheet"[^>]*>/g, "")
    .replace("</head>", () => `<style>${read(".css")}</style></head>`)
    // A script's end within the script would end the element.
    .replace("</body>", () => `<script>${read(".js").replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--")}</script></body>`);
  if (page.includes(' src="') || page.split("<!--atomsets-data-->").length !== 2) throw new Error("report.html is not in one piece");
  writeFileSync("dist.new/report.html", page);
  rmSync("dist.report", { recursive: true });
}

/** Types are checked, then both bundles are made, then put in place at once. */
function build(wanted) {
  run("node_modules/typescript/bin/tsc", "--noEmit");
  run("node_modules/vite/bin/vite.js", "build", "--logLevel", "error");
  run("node_modules/vite/bin/vite.js", "build", "--logLevel", "error", "--mode", "report");
  inline();
  writeFileSync(join("dist.new", ".built"), wanted);
  rmSync("dist", { recursive: true, force: true });
  renameSync("dist.new", "dist");
}

try {
  if (Number(process.versions.node.split(".")[0]) < 18) throw new MachineError(`Node.js ${process.versions.node} is too old: 18 or newer is needed`);
  const wanted = fingerprint();
  if (!isBuilt(wanted)) {
    acquire();
    try {
      if (!isBuilt(wanted)) {
        install();
        build(wanted);
      }
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
  }
  // Newer than every source, so that the build need not ask again.
  utimesSync(stamp, new Date(), new Date());
} catch (error) {
  process.stdout.write(`${error.message}\n`);
  process.exitCode = error instanceof MachineError ? 3 : 1;
}
