import assert from "node:assert/strict";
import { once } from "node:events";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "puppeteer-core";
import { courseRoot } from "../lib/root.ts";
import { scratchFolder } from "../lib/scratch.ts";
import { listSteps } from "../lib/steps.ts";
import { buildSite } from "../site/build.ts";
import { findBrowser, launchBrowser, notInstalled, type BrowserName, type ColourScheme } from "./browsers.ts";

// What holds for every page of the site: it is accessible, asks nobody else for anything, complains of
// nothing, fits a phone, works below any path of a static host, and is readable without scripts.

const limit = { timeout: 180_000 };
const BASE = "/any/base/";
const WIDE = 1280;
const NARROW = 390;
const NARROWEST = 320;

const steps = listSteps();
const [first] = steps;
const fifth = steps[4] ?? steps.at(-1);
const last = steps.at(-1);

/** One page of each kind, by what it is. */
const ALL_PAGES: Record<string, string> = {
  "the front page": "",
  "the first lesson": `steps/${first?.slug}/`,
  "a lesson with frames": `steps/${fifth?.slug}/`,
  "the last lesson": `steps/${last?.slug}/`,
  "a file": `steps/${last?.slug}/files/server.ts.html`,
  "the changes of a step": `steps/${fifth?.slug}/changes.html`,
  "the playground": "playground/",
  "the symptoms": "symptoms/",
  "the requirements": "requirements/",
  "the commands": "commands/",
  "the benchmark": "bench/",
  "an address that does not exist": "404.html",
};

/** One look at each page: a width and a colour scheme. */
interface Look {
  scheme: ColourScheme;
  width: number;
}

export interface SiteOptions {
  looks: Look[];
  /** The pages to try; all of them by default. */
  pages?: string[];
}

export const QUICK: SiteOptions = {
  looks: [{ scheme: "dark", width: NARROW }],
  pages: ["the front page", "a lesson with frames", "the changes of a step", "the playground", "the symptoms"],
};

export const EVERYTHING: SiteOptions = {
  looks: (["light", "dark"] as const).flatMap((scheme) => [WIDE, NARROW].map((width) => ({ scheme, width }))),
};

/** Declares the tests of the site's pages in a browser. */
export function declareSite(name: BrowserName, { looks, pages = Object.keys(ALL_PAGES) }: SiteOptions): void {
  const program = findBrowser(name);
  const skip = program === undefined && notInstalled(name);
  const browsers = new Map<ColourScheme, Awaited<ReturnType<typeof launchBrowser>>>();
  let site: { address: string; stop(): Promise<void> };

  describe(`the site in ${name}`, { skip }, () => {
    before(async () => {
      const folder = scratchFolder({});
      const { problems } = await buildSite({ root: courseRoot, out: folder, base: BASE });
      assert.deepEqual(problems, []);
      site = await serveBelow(BASE, folder);
      for (const scheme of new Set(looks.map((look) => look.scheme))) {
        browsers.set(scheme, await launchBrowser(name, program ?? "", { colourScheme: scheme }));
      }
    }, limit);

    after(async () => {
      await Promise.allSettled([...browsers.values()].map(({ close }) => close()));
      await site?.stop();
    }, limit);

    const anyBrowser = (): Browser => {
      const [launched] = browsers.values();
      assert.ok(launched);
      return launched.browser;
    };

    for (const { scheme, width } of looks) {
      for (const kind of pages) {
        test(`${name}, ${scheme}, ${width} pixels: ${kind}`, limit, async () => {
          const browser = browsers.get(scheme)?.browser;
          assert.ok(browser);
          await tryPage(browser, { name, scheme, width, url: site.address + (ALL_PAGES[kind] ?? "") });
        });
      }
    }

    test(`${name}: these tests notice what they look for`, limit, async () => {
      const page = await anyBrowser().newPage();
      await page.goto(`${site.address}404.html`);
      await page.evaluate(`document.querySelector("main").innerHTML = "<img src='data:,'><p style='width: 2000px'>Wide</p>"`);
      await assert.rejects(expectNoViolations(page), /image-alt/);
      await assert.rejects(expectNoOverflow(page, NARROW), /scrolls sideways/);
      await page.close();
      const url = `${site.address}gone.html`;
      await assert.rejects(tryPage(anyBrowser(), { name, scheme: "light", width: WIDE, url }));
    });

    test(`${name}: the arrows lead from lesson to lesson`, limit, async () => {
      const page = await anyBrowser().newPage();
      await page.goto(`${site.address}steps/${first?.slug}/`);
      await Promise.all([page.waitForNavigation(), page.keyboard.press("ArrowRight")]);
      assert.equal(page.url().replace(/index\.html$/, ""), `${site.address}steps/${steps[1]?.slug}/`);
      await Promise.all([page.waitForNavigation(), page.keyboard.press("ArrowLeft")]);
      assert.equal(page.url().replace(/index\.html$/, ""), `${site.address}steps/${first?.slug}/`);
      await page.close();
    });

    test(`${name}: a lesson's diff comes when it is opened`, limit, async () => {
      const page = await anyBrowser().newPage();
      await page.goto(`${site.address}steps/${last?.slug}/`);
      await page.evaluate(`document.querySelector("details.diff-file[data-from]").open = true`);
      await page.waitForSelector("details.diff-file[data-from] tr.added");
      await page.close();
    });

    test(`${name}: a diff stands side by side, and goes back`, limit, async () => {
      const page = await anyBrowser().newPage();
      await page.setViewport({ width: WIDE, height: 800 });
      await page.goto(`${site.address}steps/${last?.slug}/changes.html`);
      const unified = await page.$eval(".diff", (diff) => diff.querySelectorAll("tr").length);
      const sides = `[...document.querySelectorAll(".diff-layout button")]`;
      await page.waitForSelector(".diff-layout button");
      await page.evaluate(`${sides}.find((button) => button.textContent === "Side by side").click()`);
      const pairs = await page.$eval(".diff", (diff) => diff.querySelectorAll("td.removed + td.removed + td.added + td.added").length);
      assert.ok(pairs > 0, "no removed line stands beside an added one");
      await page.evaluate(`${sides}.find((button) => button.textContent === "Unified").click()`);
      assert.equal(await page.$eval(".diff", (diff) => diff.querySelectorAll("tr").length), unified);
      await page.close();
    });

    test(`${name}: a pasted message leads to its cause`, limit, async () => {
      const page = await anyBrowser().newPage();
      await page.goto(`${site.address}symptoms/`);
      const found = `[...document.querySelectorAll("[data-symptom]")].map((article) => article.dataset.symptom).join()`;
      const paste = (text: string) =>
        page.evaluate(`(() => { const field = document.getElementById("message"); field.value = ${JSON.stringify(text)}; field.dispatchEvent(new Event("input")); })()`);
      await page.waitForSelector("#message");
      await paste("x.js:1 WebSocket connection to 'ws://a/' failed: Error during WebSocket handshake: Unexpected response code: 403");
      assert.equal(await page.evaluate(found), "status-403");
      const status = () => page.evaluate(`document.getElementById("found").textContent`);
      assert.equal(await status(), "Most often, this message means:");
      await paste("Firefox can’t establish a connection to the server at ws://localhost:8000/.");
      assert.match(String(await status()), /^This message has several causes \(\d\d are known here\)/);
      assert.equal(await page.evaluate(`document.querySelectorAll(".symptom-results > article").length`), 5);
      assert.match(String(await page.evaluate(`document.querySelector(".symptom-results summary").textContent`)), /^Show \d+ more$/);
      await paste("qwertz asdf");
      assert.equal(await page.evaluate(found), "");
      assert.match(String(await page.evaluate(`document.getElementById("found").textContent`)), /Nothing found/);
      await page.close();
    });

    test(`${name}: without scripts, every page can be read`, { ...limit, skip: name === "Firefox" && "Firefox takes no such order from outside" }, async () => {
      const page = await anyBrowser().newPage();
      await page.setJavaScriptEnabled(false);
      for (const kind of pages) {
        await page.goto(site.address + ALL_PAGES[kind]);
        const text = String(await page.evaluate(`document.querySelector("main").innerText`));
        assert.ok(text.length > 150, `${kind} says only: ${text}`);
      }
      await page.close();
    });
  });
}

interface Visit extends Look {
  name: BrowserName;
  url: string;
}

async function tryPage(browser: Browser, { name, scheme, width, url }: Visit): Promise<void> {
  const page = await browser.newPage();
  try {
    const strangers: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(new URL(url).origin) && !request.url().startsWith("data:")) strangers.push(request.url());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warn") complaints.push(message.text());
    });
    page.on("response", (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
    });
    if (name === "Chromium") await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.setViewport({ width, height: 900 });
    await page.goto(url, { waitUntil: "load" });
    await expectNoViolations(page);
    for (const narrow of width < WIDE ? [NARROWEST, NARROW] : [width]) await expectNoOverflow(page, narrow);
    assert.deepEqual(strangers, [], "the page asks another host");
    assert.deepEqual(complaints, [], "the browser complains");
  } finally {
    await page.close();
  }
}

const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

async function expectNoViolations(page: Page): Promise<void> {
  await page.evaluate(axe);
  const violations = await page.evaluate(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.flatMap(({ id, help, nodes }) => nodes.slice(0, 5).map(({ target, any, all, none }) =>
      id + " (" + help + ") at " + target.join(" ") + ": " + [...any, ...all, ...none].map(({ message }) => message).join("; "))))`);
  assert.deepEqual(violations, []);
}

async function expectNoOverflow(page: Page, width: number): Promise<void> {
  await page.setViewport({ width, height: 900 });
  const culprits = await page.evaluate(`(() => {
    const page = document.documentElement;
    if (page.scrollWidth <= page.clientWidth) return [];
    return [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > page.clientWidth + 1)
      .slice(0, 5)
      .map((element) => element.tagName + "." + element.className);
  })()`);
  assert.deepEqual(culprits, [], `the page scrolls sideways at ${width} pixels`);
}

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** Any static host: files below a path, and `index.html` for a folder. */
export async function serveBelow(base: string, folder: string): Promise<{ address: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = decodeURI(new URL(request.url ?? "/", "http://localhost").pathname);
    let file = path.startsWith(base) ? join(folder, normalize(path.slice(base.length))) : "";
    if (file && existsSync(file) && statSync(file).isDirectory()) file = join(file, "index.html");
    if (!file || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "text/plain; charset=utf-8" });
    createReadStream(file).pipe(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://localhost:${(server.address() as AddressInfo).port}${base}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
