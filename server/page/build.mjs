// Builds `src/` into `dist/`, which the server embeds. `--watch` builds again on each change.
import { context, build } from "esbuild";
import { copyFile, mkdir, readdir, readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const here = new URL("./", import.meta.url).pathname;
const options = {
  entryPoints: { app: `${here}src/main.tsx`, feed: `${here}src/feed/worker.ts`, style: `${here}src/styles/index.css` },
  outdir: `${here}dist`,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome111", "firefox115", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  charset: "utf8",
  logLevel: "warning",
};

await mkdir(options.outdir, { recursive: true });
for (const file of ["index.html", "icon.svg"]) await copyFile(`${here}src/${file}`, `${options.outdir}/${file}`);
if (process.argv.includes("--watch")) await (await context(options)).watch();
else {
  await build(options);
  let total = 0;
  for (const file of (await readdir(options.outdir)).sort()) {
    const size = gzipSync(await readFile(`${options.outdir}/${file}`), { level: 9 }).length;
    total += size;
    console.log(`${file.padEnd(12)} ${(size / 1024).toFixed(1).padStart(6)} KB compressed`);
  }
  console.log(`${"all".padEnd(12)} ${(total / 1024).toFixed(1).padStart(6)} KB compressed`);
}
