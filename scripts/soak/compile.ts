import { mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** In here, packages such as `ws` are found as ever. */
const FOLDER = fileURLToPath(new URL(`../../node_modules/.cache/soak-${process.pid}`, import.meta.url));

const compiled = new Map<string, Promise<string>>();

/**
 * A TypeScript program as one file of JavaScript without types; JavaScript stays as it is. tsx would
 * run it too, but not fairly: to keep the names of functions, it gives each closure a table of
 * properties, some 250 bytes, of which a connection has a dozen. Gives back the file to run.
 */
export function compile(file: string): Promise<string> {
  if (!/\.[cm]?ts$/.test(file)) return Promise.resolve(file);
  const known = compiled.get(file) ?? write(file, compiled.size);
  compiled.set(file, known);
  return known;
}

async function write(file: string, index: number): Promise<string> {
  if (index === 0) {
    mkdirSync(FOLDER, { recursive: true });
    process.once("exit", () => rmSync(FOLDER, { recursive: true, force: true }));
  }
  const out = join(FOLDER, `${index}-${basename(file)}.mjs`);
  await build({
    entryPoints: [file],
    outfile: out,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: `node${process.versions.node}`,
    logLevel: "silent",
  });
  return out;
}
