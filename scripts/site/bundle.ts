import { join, relative, sep } from "node:path";
import { build } from "esbuild";

/** The scripts that pages load; each one is a file in `public/browser/`. */
const SCRIPTS = ["site.ts", "lab.ts", "playground.ts", "symptoms.ts"];
/** Lessons, which have to stay light, do without the second one. */
const STYLES = ["site.css", "pages.css"];

/** Bundles the browser code and the styles below `public/`; gives the files by their address in the site. */
export async function bundle(publicFolder: string): Promise<Map<string, Buffer>> {
  const { outputFiles } = await build({
    entryPoints: [
      ...SCRIPTS.map((name) => join(publicFolder, "browser", name)),
      ...STYLES.map((name) => join(publicFolder, "styles", name)),
    ],
    outdir: "assets",
    entryNames: "[name]",
    chunkNames: "[name]-[hash]",
    absWorkingDir: publicFolder,
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2022", "chrome120", "firefox120", "safari17"],
    minify: true,
    legalComments: "none",
    logLevel: "silent",
    write: false,
  });
  const addressOf = (path: string): string => relative(publicFolder, path).replaceAll(sep, "/");
  return new Map(outputFiles.map(({ path, contents }) => [addressOf(path), Buffer.from(contents)]));
}
