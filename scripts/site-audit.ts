import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";
import { findBrowser, launchBrowser, notInstalled } from "./browsers/browsers.ts";
import { startTestSite } from "./browsers/test-site.ts";
import { Failure, parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { exitCode, startProcess } from "./lib/processes.ts";
import { courseRoot } from "./lib/root.ts";

const usage = `
Usage: npm run audit:site [-- <text>]

A maintainer's tool: builds the site, serves it, and lets Lighthouse measure the front page, a long
lesson and the playground in Chromium, as a desktop and as a phone: performance, accessibility, best
practices; with a text, only those whose line contains it, such as mobile. A page that has less than 100 for performance is measured once more, since the machine may
have been busy; both numbers are shown. The exit code is 1 if something stays below 100.

Lighthouse is large, and nothing else needs it: the first run installs it into scripts/audit/.

Options:
  --help  this text
`;

const PAGES = {
  "front page": "/",
  "long lesson": "/steps/closing-handshake/",
  "playground": "/playground/",
};
const CATEGORIES = ["performance", "accessibility", "best-practices"] as const;
const DEVICES = ["desktop", "mobile"] as const;

type Category = (typeof CATEGORIES)[number];
type Device = (typeof DEVICES)[number];

/** What we use of Lighthouse, whose own types come with its installation only. */
interface Lighthouse {
  default: (url: string, flags: object, config: object | undefined, page: unknown) => Promise<{ lhr: Report } | undefined>;
  desktopConfig: object;
}

interface Report {
  categories: Record<Category, { score: number | null; auditRefs: { id: string; weight: number }[] }>;
  audits: Record<string, { title: string; score: number | null; displayValue?: string }>;
}

await runMain(usage, async (args) => {
  const { positionals } = parseArguments(args, {});
  const [filter = "", ...extra] = positionals;
  if (extra.length > 0) throw new UsageError("npm run audit:site takes one text, or none.");
  const program = findBrowser("Chromium");
  if (program === undefined) throw new Failure(`${notInstalled("Chromium")}.`);
  const lighthouse = await loadLighthouse();
  const site = await startTestSite();
  try {
    return (await auditAll(lighthouse, program, site.origin, filter)) ? 0 : 1;
  } finally {
    await site.stop();
  }
});

async function loadLighthouse(): Promise<Lighthouse> {
  const folder = join(courseRoot, "scripts", "audit");
  const entry = join(folder, "node_modules", "lighthouse", "core", "index.js");
  if (!existsSync(entry)) {
    console.log("Lighthouse is not installed yet: npm ci in scripts/audit (about 185 MB) ...");
    const command = process.platform === "win32" ? "npm.cmd" : "npm";
    const code = await exitCode(startProcess(command, ["ci", "--no-audit", "--no-fund"], { cwd: folder, stdio: "inherit" }));
    if (code !== 0 || !existsSync(entry)) throw new Failure("Lighthouse could not be installed: see above.");
  }
  return (await import(pathToFileURL(entry).href)) as Lighthouse;
}

async function auditAll(lighthouse: Lighthouse, program: string, origin: string, filter: string): Promise<boolean> {
  console.log(`${"".padEnd(24)}${CATEGORIES.map((category) => category.padStart(16)).join("")}`);
  const shortcomings: string[] = [];
  for (const device of DEVICES) {
    for (const [name, path] of Object.entries(PAGES)) {
      const label = `${name}, ${device}`;
      if (!label.includes(filter)) continue;
      let report = await audit(lighthouse, program, origin + path, device);
      print(label, report);
      if (score(report, "performance") < 100) {
        const again = await audit(lighthouse, program, origin + path, device);
        print("  once more", again);
        if (score(again, "performance") > score(report, "performance")) report = again;
      }
      shortcomings.push(...explain(label, report));
    }
  }
  if (shortcomings.length > 0) console.log(`\n${shortcomings.join("\n")}`);
  return shortcomings.length === 0;
}

async function audit(lighthouse: Lighthouse, program: string, url: string, device: Device): Promise<Report> {
  // A browser of its own for each page, so that none finds what another has left in the cache.
  const { browser, close } = await launchForAudit(program);
  try {
    const page = await browser.newPage();
    const config = device === "desktop" ? lighthouse.desktopConfig : undefined;
    const result = await lighthouse.default(url, { onlyCategories: [...CATEGORIES], logLevel: "error" }, config, page);
    if (result === undefined) throw new Failure(`Lighthouse has nothing to say about ${url}.`);
    return result.lhr;
  } finally {
    await close();
  }
}

/** Lighthouse talks to the browser over a socket, not through the pipe that our tests use. */
async function launchForAudit(executablePath: string): ReturnType<typeof launchBrowser> {
  const profile = mkdtempSync(join(tmpdir(), "course-audit-"));
  const isRoot = process.getuid?.() === 0;
  const browser = await puppeteer.launch({
    executablePath,
    userDataDir: profile,
    args: [...(isRoot || process.env["CI"] ? ["--no-sandbox"] : []), "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  const close = async () => {
    await browser.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  };
  return { browser, close };
}

function score(report: Report, category: Category): number {
  return Math.round((report.categories[category].score ?? 0) * 100);
}

function print(label: string, report: Report): void {
  const scores = CATEGORIES.map((category) => String(score(report, category)).padStart(16)).join("");
  console.log(`${label.padEnd(24)}${scores}`);
}

/** One line for each category below 100: what costs it points. */
function explain(label: string, report: Report): string[] {
  return CATEGORIES.filter((category) => score(report, category) < 100).map((category) => {
    const costly = report.categories[category].auditRefs
      .filter(({ id, weight }) => weight > 0 && (report.audits[id]?.score ?? 1) < 1)
      .map(({ id }) => {
        const { title = id, displayValue } = report.audits[id] ?? {};
        return displayValue ? `${title} (${displayValue})` : title;
      });
    return `${label}: ${category} has ${score(report, category)}: ${costly.join("; ")}`;
  });
}
