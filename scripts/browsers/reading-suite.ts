import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "puppeteer-core";
import type { BrowserName } from "./browsers.ts";
import { isMissing, startVisit, type Visit } from "./visit.ts";

// What scripts add to reading: progress, keys, copying, and the mark in the contents.

const limit = { timeout: 60_000 };

/** Declares the tests of reading in a browser. */
export function declareReading(name: BrowserName): void {
  describe(`reading in ${name}`, { skip: isMissing(name) }, () => {
    let visit: Visit;
    const errors: string[] = [];

    before(async () => {
      visit = await startVisit(name);
    }, limit);
    after(() => visit?.end(), limit);

    /** A page in a profile of its own, wide enough for the contents at the left. */
    async function open(address: string, prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
      const context = await visit.browser.createBrowserContext();
      const page = await context.newPage();
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.setViewport({ width: 1300, height: 800 });
      await prepare?.(page);
      await page.goto(`${visit.site.origin}/${address}`);
      return page;
    }
    const close = (page: Page): Promise<void> => page.browserContext().close();
    const shows = (page: Page, selector: string, text: string): Promise<unknown> =>
      page.waitForFunction(`document.querySelector(${JSON.stringify(selector)})?.textContent.includes(${JSON.stringify(text)})`);
    const scrollTo = (page: Page, id: string): Promise<unknown> => page.evaluate(`document.getElementById("${id}").scrollIntoView()`);
    /** Waits until the page has drawn twice: what it was about to do has happened. */
    const settle = (page: Page): Promise<unknown> =>
      page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    /** Does what leads to another page, and waits until its scripts have run. */
    async function leadsTo(page: Page, address: string, act: () => Promise<unknown>): Promise<void> {
      await act();
      await page.waitForFunction(`location.pathname.endsWith("${address}") && document.readyState === "complete"`);
    }

    test("from the front page to the end of a lesson, to the next one by key, and back", limit, async () => {
      const page = await open("");
      await shows(page, "#begin", "Begin with step 01");
      await leadsTo(page, "/steps/upgrade-listener/index.html", () => page.click("#begin"));
      await shows(page, ".reading", "Mark as read");
      await scrollTo(page, "end");
      await shows(page, ".reading", "You have read this lesson");

      await leadsTo(page, "/steps/switching-protocols/index.html", () => page.keyboard.press("ArrowRight"));
      await leadsTo(page, "/steps/upgrade-listener/index.html", () => page.keyboard.press("ArrowLeft"));
      await leadsTo(page, "/steps/switching-protocols/index.html", () => page.click("#end .next"));

      await leadsTo(page, "/index.html", () => page.click("header.site a"));
      await shows(page, "#begin", "Continue with step 02");
      await shows(page, '[data-slug="switching-protocols"]', "you are here");
      await shows(page, '[data-slug="upgrade-listener"]', "read");
      await page.click("#progress button");
      await shows(page, "#progress", "Forgotten.");
      await shows(page, "#begin", "Begin with step 01");
      await page.click("#progress button");
      await shows(page, "#progress", "1 of ");
      await shows(page, "#begin", "Continue with step 02");
      await close(page);
    });

    test("a button marks a lesson as read, and as unread again for good", limit, async () => {
      const page = await open("steps/echo/");
      await page.waitForSelector(".reading button");
      await page.evaluate('document.querySelector(".reading button").click()');
      await shows(page, ".reading", "Mark as unread");
      await page.evaluate('document.querySelector(".reading button").click()');
      await shows(page, ".reading button", "Mark as read");
      await scrollTo(page, "end");
      await settle(page);
      await shows(page, ".reading button", "Mark as read");
      await close(page);
    });

    test("the links at the end say which key leads there, and a button that was pressed leaves the keys alone", limit, async () => {
      const page = await open("steps/echo/");
      await page.waitForSelector('#end .prev[aria-keyshortcuts="ArrowLeft"] kbd');
      await page.waitForSelector('#end .next[aria-keyshortcuts="ArrowRight"] kbd');
      // As it stands in a lab that has been closed.
      await page.evaluate(`document.querySelector("ws-lab").insertAdjacentHTML("beforeend", "<button id=mine>Show</button><i id=log tabindex=0>Log</i>")`);
      await page.focus("#log");
      await page.keyboard.press("ArrowRight");
      await settle(page);
      assert.match(page.url(), /steps\/echo\/$/);
      await page.focus("#mine");
      await leadsTo(page, "/steps/payload-lengths/index.html", () => page.keyboard.press("ArrowRight"));
      await close(page);
    });

    test("a terminal's lines are wrapped, and code scrolls", limit, async () => {
      const page = await open("steps/byte-stream/");
      await page.setViewport({ width: 390, height: 844 });
      const cutOff = (language: string) =>
        page.evaluate(`[...document.querySelectorAll("pre:has(> .language-${language})")].filter((pre) => pre.scrollWidth > pre.clientWidth + 1).length`);
      assert.deepEqual([await cutOff("console"), await cutOff("page")], [0, 0]);
      assert.notEqual(await cutOff("ts"), 0);
      await close(page);
    });

    test("an arrow stays with what scrolls", limit, async () => {
      const page = await open("steps/echo/");
      await page.waitForSelector(".reading button");
      await page.focus("figure.code pre");
      await page.keyboard.press("ArrowRight");
      // Had the first key led away, this would be another page.
      await settle(page);
      assert.match(page.url(), /steps\/echo\/$/);
      await close(page);
    });

    test("the contents mark the section that one reads", limit, async () => {
      const page = await open("steps/echo/");
      await scrollTo(page, "why");
      await page.waitForSelector('nav.contents [aria-current][href="#why"]');
      await close(page);
    });

    test("a code block is copied without prompts and output", limit, async () => {
      // Browsers do not let a test read the clipboard: this one notes what comes.
      const note = `Object.defineProperty(navigator, "clipboard", { value: {
        writeText: async (text) => { document.documentElement.dataset.copied = text; },
      } })`;
      const page = await open("steps/echo/", (page) => page.evaluateOnNewDocument(note));
      const button = await page.waitForSelector("figure.code:has(code.language-console b) button.copy");
      await button?.click();
      await page.waitForSelector('[data-copied^="npm run check 6 "]');
      await shows(page, "button.copy", "Copied");
      await close(page);
    });

    test("a browser that keeps nothing shows the course all the same", limit, async () => {
      const forbid = `Object.defineProperty(window, "localStorage", {
        get() { throw new DOMException("The operation is insecure.", "SecurityError"); },
      })`;
      const page = await open("steps/echo/", (page) => page.evaluateOnNewDocument(forbid));
      await shows(page, ".reading", "Mark as read");
      await page.goto(`${visit.site.origin}/`);
      await shows(page, "#begin", "Begin with step 01");
      await close(page);
    });

    test("no script has failed on the way", () => assert.deepEqual(errors, []));
  });
}
