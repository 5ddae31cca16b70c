import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { walk } from "../lib/files.ts";
import { listSteps, type Step } from "../lib/steps.ts";
import { renderLesson } from "./markdown.ts";
import * as pages from "./pages.ts";

export interface BuildOptions {
  /** The folder that holds `steps/`. */
  root: string;
  /** The folder of the site. Only `index.html` and `steps/` in it are written, and cleaned. */
  out: string;
}

export interface BuildResult {
  /** How many files the site has, without the hand-written ones. */
  files: number;
  /** One sentence for each link that leads nowhere. */
  problems: string[];
}

const SITE = "http://localhost:3000/";

/** Copied as they are, because a page or a lesson shows them: everything else is shown as source. */
const COPIED = new Set([".html", ".svg", ".png", ".jpg", ".gif", ".webp", ".avif"]);

/** Renders the site from the lessons: static pages with relative links, the same for the same input. */
export function buildSite({ root, out }: BuildOptions): BuildResult {
  const steps = listSteps(join(root, "steps"));
  const problems: string[] = [];
  const site = new Map<pages.Address, string | Buffer>();

  site.set("index.html", pages.indexPage(steps, (step) => existsSync(join(step.folder, "client.html"))));
  for (const { title: part, steps: group } of pages.groupByPart(steps)) {
    for (const step of group) {
      const index = steps.indexOf(step);
      const previous = steps[index - 1];
      const next = steps[index + 1];
      renderStep(step, { part, previous, next });
    }
  }
  writeChanged(out, site);
  removeStale(out, site);
  return { files: site.size, problems };

  function renderStep(
    step: Step,
    around: Pick<pages.LessonPage, "part" | "previous" | "next">,
  ): void {
    const files: pages.LessonPage["files"] = [];
    for (const name of walk(step.folder)) {
      if (name === "README.md") continue;
      const content = readFileSync(join(step.folder, name));
      const isText = !content.includes(0);
      if (COPIED.has(extname(name))) site.set(pages.fileAddress(step, name), content);
      if (!isText || (COPIED.has(extname(name)) && extname(name) !== ".html")) continue;
      const address = pages.sourceAddress(step, name);
      site.set(address, pages.sourcePage(step, name, content.toString()));
      files.push({ name, address });
    }
    const lesson = join(step.folder, "README.md");
    const address = pages.lessonAddress(step);
    const content = renderLesson(existsSync(lesson) ? readFileSync(lesson, "utf8") : "", {
      link: (href) => linkFrom(step, href),
      source: (file) => {
        const found = files.find(({ name }) => name === file);
        return found && pages.linkBetween(address, found.address);
      },
    });
    const hasClient = existsSync(join(step.folder, "client.html"));
    site.set(address, pages.lessonPage({ step, content, files, hasClient, ...around }));
  }

  function linkFrom(step: Step, href: string): string | undefined {
    // Lessons give the site's usual address in full; in the site it works on any port.
    if (href.startsWith(SITE)) {
      return pages.linkBetween(pages.lessonAddress(step), href.slice(SITE.length) || "index.html");
    }
    if (/^([a-z][a-z0-9+.-]*:|\/\/|#)/i.test(href)) return href;
    const [, path = "", rest = ""] = /^([^?#]*)(.*)$/.exec(href) ?? [];
    const target = resolve(step.folder, decodeURI(path));
    if (!existsSync(target)) {
      problems.push(`${step.name}/README.md links to ${href}, which does not exist.`);
      return undefined;
    }
    const address = addressOf(target);
    if (address === undefined) return undefined;
    const [file = "", anchor = ""] = address.split("#");
    const link = pages.linkBetween(pages.lessonAddress(step), file);
    return encodeURI(link) + (anchor ? `#${anchor}` : rest);
  }

  /** Where the site shows a file of the repository. */
  function addressOf(target: string): pages.Address | undefined {
    if (target === resolve(root) || target === resolve(root, "README.md")) return "index.html";
    if (target === resolve(root, "steps")) return "index.html";
    const step = steps.find(({ folder }) => target === folder || target.startsWith(folder + sep));
    if (!step) return undefined;
    const name = relative(step.folder, target).replaceAll(sep, "/");
    if (name === "" || name === "README.md") return pages.lessonAddress(step);
    if (statSync(target).isDirectory()) return `${pages.lessonAddress(step)}#files`;
    if (COPIED.has(extname(name))) return pages.fileAddress(step, name);
    return pages.sourceAddress(step, name);
  }
}

function writeChanged(out: string, site: Map<pages.Address, string | Buffer>): void {
  for (const [address, content] of site) {
    const path = join(out, address);
    // Untouched files keep their time stamp, so that a browser's copy stays good.
    if (existsSync(path) && readFileSync(path).equals(Buffer.from(content))) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

function removeStale(out: string, site: Map<pages.Address, string | Buffer>): void {
  const folder = join(out, "steps");
  for (const name of walk(folder, { all: true })) {
    if (!site.has(`steps/${name}`)) rmSync(join(folder, name));
  }
  removeEmptyFolders(folder);
}

function removeEmptyFolders(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}
