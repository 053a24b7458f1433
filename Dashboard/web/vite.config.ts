import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

/** What both pages have in their heads. */
const head = { name: "head", transformIndexHtml: { order: "pre" as const, handler: (page: string) => page.replace("<!--head-->", () => readFileSync("head.html", "utf8").trim()) } };

/** Two bundles of the same components: pages in parts for the server, and (mode `report`) one script for a file that opens from disk. */
export default defineConfig(({ mode }) => ({
  base: "./",
  plugins: [head],
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  server: { proxy: { "/api": "http://127.0.0.1:5177" } },
  build: {
    target: "es2022",
    outDir: mode === "report" ? "dist.report" : "dist.new",
    emptyOutDir: true,
    chunkSizeWarningLimit: 800,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: mode === "report" ? { input: "report.html", output: { format: "iife", inlineDynamicImports: true } } : { input: "index.html" },
  },
}));
