import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { loadChecks, type CourseStep } from "../checks/course.ts";
import { requirements } from "../checks/requirements.ts";
import { requirementsMap } from "../checks/requirements-map.ts";
import { walk } from "../lib/files.ts";
import { listSteps, type Step } from "../lib/steps.ts";
import type { Results } from "../bench/results.ts";
import { benchPage } from "./bench-page.ts";
import { bundle } from "./bundle.ts";
import { renderChanges } from "./changes.ts";
import { commandsPage } from "./commands-page.ts";
import { listCommands } from "./commands.ts";
import { frontPage } from "./front-page.ts";
import { changesPage, notFoundPage, playgroundPage, practicePage, symptomsPage } from "./framed-pages.ts";
import { drawFrame, greeting } from "./frames.ts";
import { lessonPage } from "./lesson-page.ts";
import { renderLesson } from "./markdown.ts";
import * as pages from "./pages.ts";
import { requirementsPage } from "./requirements-page.ts";
import { sourcePage } from "./source-page.ts";

export interface BuildOptions {
  /** The folder that holds `steps/`. */
  root: string;
  /** The folder of the site. What the build makes in it is cleaned; other files stay. */
  out: string;
  /** Where the site will stand on its host. Only the page for what does not exist has to know. */
  base?: string;
}

export interface BuildResult {
  /** How many files the build has made. */
  files: number;
  /** One sentence for each link that leads nowhere. */
  problems: string[];
}

/** A document that links come from: its folder, its page in the site, its name. */
interface Linking {
  folder: string;
  address: pages.Address;
  file: string;
}

type Site = Map<pages.Address, string | Buffer>;

const SITE = "http://localhost:3000/";

/** Copied as they are, because a page or a lesson shows them: everything else is shown as source. */
const COPIED = new Set([".html", ".svg", ".png", ".jpg", ".gif", ".webp", ".avif"]);

/** Files of a step that are not shown as source: one is a page of its own, the other would spoil the fun. */
const NO_SOURCE = new Set(["README.md", "hints.md"]);

/** The folders in the site that hold nothing but what the build makes. */
const OWN_FOLDERS = ["steps", "assets", "practice", "playground", "symptoms", "requirements", "commands", "bench"];

/** Where the browser code and the styles are; a scratch course in a test has none of its own. */
const OWN_PUBLIC = fileURLToPath(new URL("../../public", import.meta.url));

/** Renders the site from the lessons: static pages with relative links, the same for the same input. */
export async function buildSite({ root, out, base = "/" }: BuildOptions): Promise<BuildResult> {
  const publicFolder = existsSync(join(root, "public/browser")) ? join(root, "public") : OWN_PUBLIC;
  // esbuild works in a process of its own, while we render.
  const assets = bundle(publicFolder);
  assets.catch(() => {}); // It is awaited below.
  const steps = await loadChecks(listSteps(join(root, "steps")));
  const problems: string[] = [];
  const site: Site = new Map();

  for (const { title: part, steps: group } of pages.groupByPart(steps)) {
    for (const step of group as CourseStep[]) renderStep(step, part);
  }
  site.set(pages.frontAddress, frontPage({ steps, readme: readText(join(root, "README.md")), frame: drawFrame(greeting()) }));
  site.set(pages.requirementsAddress, requirementsPage(requirementsMap(steps, requirements), steps));
  site.set(pages.commandsAddress, commandsPage(existsSync(join(root, "package.json")) ? listCommands(root) : []));
  site.set(pages.benchAddress, benchPage(readResults(join(root, "scripts/bench/results.json"))));
  renderPractice();
  site.set(pages.playgroundAddress, playgroundPage());
  site.set(pages.symptomsAddress, symptomsPage(steps));
  site.set(pages.notFoundAddress, notFoundPage(base));
  for (const [address, content] of await assets) site.set(address, content);
  if (resolve(out) !== publicFolder) copyHandWritten(publicFolder, site);

  writeChanged(out, site);
  removeStale(out, site);
  // Who starts the lab writes its port there.
  if (!existsSync(join(out, "lab.json"))) writeFileSync(join(out, "lab.json"), '{"port":null}\n');
  return { files: site.size, problems };

  function renderStep(step: CourseStep, part: string | undefined): void {
    const index = steps.indexOf(step);
    const [previous, next] = [steps[index - 1], steps[index + 1]];
    const names = walk(step.folder).filter((name) => !NO_SOURCE.has(name));
    const files = names.flatMap((name) => {
      const address = renderFile(step, name);
      return address === undefined ? [] : [{ name, address }];
    });
    const address = pages.lessonAddress(step);
    const source = (file: string): string | undefined => {
      const found = files.find(({ name }) => name === file);
      return found && pages.linkBetween(address, found.address);
    };
    const lesson = renderLesson(readText(join(step.folder, "README.md")), {
      link: (href) => linkFrom({ folder: step.folder, address, file: `${step.name}/README.md` }, href),
      source,
      drawFrame: (bytes, extensions) => drawFrame(bytes, pages.linkBetween(address, pages.playgroundAddress), extensions),
    });
    const changes = renderChanges(previous, step, source);
    site.set(pages.changesAddress(step), changesPage(step, previous, changes.page));
    site.set(
      address,
      lessonPage({
        step,
        steps,
        part,
        lesson,
        changes: changes.summary,
        checks: step.checks,
        files,
        hasFile: (name) => names.includes(name),
        previous,
        next,
      }),
    );
  }

  /** Puts a file of a step into the site; returns the page that shows its source, if it has one. */
  function renderFile(step: Step, name: string): pages.Address | undefined {
    const content = readFileSync(join(step.folder, name));
    const isCopied = COPIED.has(extname(name));
    if (isCopied) site.set(pages.fileAddress(step, name), content);
    const isText = !content.includes(0);
    if (!isText || (isCopied && extname(name) !== ".html")) return undefined;
    const address = pages.sourceAddress(step, name);
    site.set(address, sourcePage(step, name, content.toString()));
    return address;
  }

  /** The guide to the practice, which belongs to no step. A scratch course in a test has none. */
  function renderPractice(): void {
    const folder = join(root, "steps/practice");
    const text = readText(join(folder, "README.md"));
    const address = pages.practiceAddress;
    const guide = renderLesson(text, {
      link: (href) => linkFrom({ folder, address, file: "practice/README.md" }, href),
      source: () => undefined,
      drawFrame: (bytes, extensions) => drawFrame(bytes, pages.linkBetween(address, pages.playgroundAddress), extensions),
    });
    site.set(address, practicePage(guide.html));
  }

  function linkFrom({ folder, address: from, file: page }: Linking, href: string): string | undefined {
    // Lessons give the site's usual address in full; in the site it works on any port.
    if (href.startsWith(SITE)) return pages.linkBetween(from, href.slice(SITE.length).replace(/(^|\/)$/, "$1index.html"));
    if (/^([a-z][a-z0-9+.-]*:|\/\/|#)/i.test(href)) return href;
    const [, path = "", rest = ""] = /^([^?#]*)(.*)$/.exec(href) ?? [];
    const target = resolve(folder, decodeURI(path));
    if (!existsSync(target)) {
      problems.push(`${page} links to ${href}, which does not exist.`);
      return undefined;
    }
    const address = addressOf(target);
    if (address === undefined) return undefined;
    const [file = "", anchor = ""] = address.split("#");
    const link = pages.linkBetween(from, file);
    return encodeURI(link) + (anchor ? `#${anchor}` : rest);
  }

  /** Where the site shows a file of the repository. */
  function addressOf(target: string): pages.Address | undefined {
    if (target === resolve(root) || target === resolve(root, "README.md")) return "index.html";
    if (target === resolve(root, "steps")) return "index.html";
    if (target === resolve(root, "steps/practice") || target === resolve(root, "steps/practice/README.md")) return pages.practiceAddress;
    const step = steps.find(({ folder }) => target === folder || target.startsWith(folder + sep));
    if (!step) return undefined;
    const name = relative(step.folder, target).replaceAll(sep, "/");
    if (name === "" || name === "README.md") return pages.lessonAddress(step);
    if (statSync(target).isDirectory()) return `${pages.lessonAddress(step)}#files`;
    if (COPIED.has(extname(name))) return pages.fileAddress(step, name);
    return pages.sourceAddress(step, name);
  }
}

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** What the last full run of `npm run bench` has found out, if there was one. */
function readResults(path: string): Results | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Results) : undefined;
}

/** Images and the like at the top of `public/`: a copy of the site needs them too. */
function copyHandWritten(publicFolder: string, site: Site): void {
  for (const entry of readdirSync(publicFolder, { withFileTypes: true })) {
    const { name } = entry;
    if (!entry.isFile() || name.startsWith(".") || !COPIED.has(extname(name)) || extname(name) === ".html") continue;
    site.set(name, readFileSync(join(publicFolder, name)));
  }
}

function writeChanged(out: string, site: Site): void {
  for (const [address, content] of site) {
    const path = join(out, address);
    // Untouched files keep their time stamp, so that a browser's copy stays good.
    if (existsSync(path) && readFileSync(path).equals(Buffer.from(content))) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

function removeStale(out: string, site: Site): void {
  for (const own of OWN_FOLDERS) {
    const folder = join(out, own);
    for (const name of walk(folder, { all: true })) {
      if (!site.has(`${own}/${name}`)) rmSync(join(folder, name));
    }
    removeEmptyFolders(folder);
  }
}

function removeEmptyFolders(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}
