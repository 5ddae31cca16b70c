import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import type { Page } from "puppeteer-core";
import type { BrowserName } from "./browsers.ts";
import { isMissing, startVisit, type Visit } from "./visit.ts";

// The drawing of a frame as an element of the page, and the playground.

const limit = { timeout: 60_000 };
const HELLO = "81 85 37 fa 21 3d 7f 9f 4d 51 58";

/** Declares the tests of the frames and of the playground in a browser. */
export function declarePlayground(name: BrowserName): void {
  describe(`frames and playground in ${name}`, { skip: isMissing(name) }, () => {
    let visit: Visit;
    const errors: string[] = [];

    before(async () => {
      visit = await startVisit(name);
    }, limit);
    after(() => visit?.end(), limit);

    async function open(address: string, prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
      const page = await visit.browser.newPage();
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.setViewport({ width: 1200, height: 900 });
      await prepare?.(page);
      await page.goto(`${visit.site.origin}/${address}`);
      return page;
    }
    const openPlayground = async (hash = ""): Promise<Page> => {
      const page = await open(`playground/${hash}`);
      await page.waitForFunction('document.querySelector("#playground fieldset").disabled === false');
      return page;
    };
    const value = (page: Page, field: string): Promise<unknown> =>
      page.evaluate(`document.querySelector("#playground").elements.namedItem("${field}").value`);
    const text = (page: Page, selector: string): Promise<unknown> =>
      page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent`);
    const says = (page: Page, selector: string, text: string): Promise<unknown> =>
      page.waitForFunction(`document.querySelector(${JSON.stringify(selector)})?.textContent.includes(${JSON.stringify(text)})`);
    /** Puts a text into a field as if it had been pasted. */
    const fill = (page: Page, field: string, content: string): Promise<unknown> =>
      page.evaluate(`{
        const field = document.querySelector("#playground").elements.namedItem("${field}");
        field.value = ${JSON.stringify(content)};
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }`);
    const choose = (page: Page, selector: string): Promise<unknown> => page.evaluate(`document.querySelector('${selector}').click()`);
    /** What is lit up in the first frame of the page: names of fields, and bytes by their text. */
    const lit = (page: Page): Promise<unknown> =>
      page.evaluate(`{
        const frame = document.querySelector("ws-frame");
        const names = [...frame.querySelectorAll("tr.lit")].map((row) => row.dataset.field);
        const bytes = [...frame.querySelectorAll(".lit-byte")].map((byte) => [...byte.querySelectorAll("i"), byte].slice(0, -1).map((i) => i.textContent).join(" ") || byte.textContent);
        [names.join(), bytes.join(" / ")];
      }`);

    test("what belongs together lights up together, by pointer and by key", limit, async () => {
      const page = await openPlayground();
      const hover = async (selector: string): Promise<unknown> => {
        await page.hover(selector);
        return lit(page);
      };
      assert.deepEqual(await hover('ws-frame tr[data-field="opcode"]'), ["opcode", ""]);
      assert.equal(await page.evaluate('document.querySelectorAll(".f-header p .lit i").length'), 4);
      assert.deepEqual(await hover('ws-frame .f-header > [data-field~="fin"] > span > i'), ["fin,rsv,opcode", ""]);
      assert.deepEqual(await hover("ws-frame .f-payload div > div:last-child > span"), ["payload", "37 / 58 37 6f o"]);
      assert.deepEqual(await hover('ws-frame .f-header [data-field="key"] i:nth-child(2)'), ["key", "fa / fa"]);
      await page.hover("h1");
      assert.deepEqual(await lit(page), ["", ""]);

      await page.focus("ws-frame");
      const walked: unknown[] = [];
      for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Escape", "ArrowLeft"] as const) {
        await page.keyboard.press(key);
        walked.push(((await lit(page)) as string[])[0]);
      }
      assert.deepEqual(walked, ["fin", "rsv", "opcode", "rsv", "", "payload"]);
      assert.equal(await page.evaluate("location.pathname"), "/playground/");
      assert.equal(await page.evaluate('[...document.querySelectorAll("ws-frame, ws-frame [tabindex]")].length'), 1);
      await page.close();
    });

    test("the element draws itself when it is empty, and when it changes", limit, async () => {
      const page = await openPlayground();
      await page.evaluate(`{
        const frame = document.createElement("ws-frame");
        frame.id = "mine";
        frame.setAttribute("hex", "81 01 48");
        document.querySelector("main").append(frame);
      }`);
      await says(page, "#mine", "“H”");
      assert.equal(await page.evaluate('document.getElementById("mine").getAttribute("aria-label")'), "Text frame, 3 bytes");
      await page.evaluate('document.getElementById("mine").setAttribute("hex", "89 00")');
      await says(page, "#mine", "Ping frame");
      await page.evaluate('document.getElementById("mine").bytes = Uint8Array.of(0x82, 1, 255)');
      await says(page, "#mine", "Binary frame");
      await page.evaluate('document.getElementById("mine").options = { label: "Mine", cuts: [0, 1] }');
      await says(page, "#mine", "It came in 2 chunks, with 1 and 2 bytes.");
      assert.match(String(await page.evaluate('document.querySelector("#mine a").href')), /playground\/index\.html#hex=8201ff$/);
      await page.close();
    });

    test("a frame in a lesson leads to the playground", limit, async () => {
      const page = await open("steps/first-frame/");
      await page.waitForSelector("ws-frame[role=group]");
      const link = String(await page.evaluate('document.querySelector("ws-frame .f-title a").href'));
      await page.goto(link);
      await says(page, "#summary", "1 frame. A strict server accepts it.");
      assert.equal(await value(page, "payload"), "Websockets are great");
      await page.close();
    });

    test("compose: the bytes follow the fields", limit, async () => {
      const page = await openPlayground();
      assert.equal(await value(page, "hex"), HELLO);
      await page.click('#playground [name="payload"]');
      await page.keyboard.press("End");
      await page.keyboard.type("!");
      assert.equal(await value(page, "hex"), "81 86 37 fa 21 3d 7f 9f 4d 51 58 db");
      await choose(page, '#playground [name="fin"]');
      await choose(page, '#playground [name="rsv1"]');
      await says(page, "#readings", "A strict server would answer with 1002. RSV1 is set");
      await choose(page, '#playground [name="rsv1"]');
      await choose(page, '#playground [name="masked"]');
      await says(page, "#readings", "A client must mask every frame");
      await choose(page, '#playground [name="from"][value="server"]');
      await says(page, "#summary", "A strict client accepts it, and waits for the rest of the message.");
      await page.select('#playground [name="form"]', "16");
      await says(page, "#readings", "The length 6 is written in 16 bits, and 7 would do.");
      assert.equal(await value(page, "hex"), "01 7e 00 06 48 65 6c 6c 6f 21");
      await fill(page, "false", "9");
      await fill(page, "key", "37 f");
      await says(page, "#readings", "The length 9");
      await choose(page, '#playground [name="masked"]');
      await says(page, "#compose-mistake", "Key: “f” at position 4 is half a byte");
      await choose(page, '#playground [name="new-key"]');
      await page.waitForFunction('document.querySelector("#compose-mistake").textContent === ""');
      assert.match(String(await value(page, "hex")), /^01 fe 00 09( [0-9a-f]{2}){10}$/);
      await page.close();
    });

    test("text and hex are the same bytes", limit, async () => {
      const page = await openPlayground();
      await choose(page, '#playground [name="kind"][value="hex"]');
      assert.equal(await value(page, "payload"), "48 65 6c 6c 6f");
      assert.equal(await value(page, "hex"), HELLO);
      await fill(page, "payload", "ff");
      await choose(page, '#playground [name="kind"][value="text"]');
      await says(page, "#compose-mistake", "no UTF-8");
      assert.equal(await value(page, "kind"), "hex");
      await page.close();
    });

    test("read: frames in a row, each with its verdict; the fields follow where they can", limit, async () => {
      const page = await openPlayground();
      await fill(page, "hex", "0x01,0x01,0xc3\n89 00 80 01 28");
      await choose(page, '#playground [name="from"][value="server"]');
      await page.waitForFunction('document.querySelectorAll("#readings ws-frame").length === 3');
      await says(page, "#readings li:last-child .verdict", "A strict client would answer with 1007.");
      await says(page, "#readings li:last-child .verdict", "RFC 6455, section 8.1; see step ");
      const href = String(await page.evaluate('document.querySelector("#readings li:last-child .verdict a:last-of-type").href'));
      assert.equal((await fetch(href)).status, 200);
      await says(page, "#compose-note", "not one frame");
      assert.equal(await page.evaluate('document.querySelector("#compose-note").hidden'), false);
      await fill(page, "hex", "88 02 03 zz");
      await says(page, "#hex-mistake", "“z” at position 10 is no hex digit.");
      await fill(page, "hex", "88 02 03 e8");
      await says(page, "#readings", "and answers with a Close frame");
      assert.deepEqual([await value(page, "opcode"), await value(page, "payload"), await text(page, "#hex-mistake")], ["8", "03 e8", ""]);
      const isOutdated = () => page.evaluate('document.querySelector("#readings").classList.contains("outdated")');
      await fill(page, "hex", "88 02 03 e");
      assert.equal(await isOutdated(), true);
      await fill(page, "hex", "");
      await says(page, "#readings", "There are no bytes yet.");
      assert.equal(await isOutdated(), false);
      await fill(page, "hex", "hello world");
      await says(page, "#readings", "These are no bytes that could be read.");
      await page.close();
    });

    test("a link leads to what it was made from, and examples are links", limit, async () => {
      const page = await openPlayground("#hex=8100&from=client");
      await says(page, "#summary", "A client must mask");
      await page.evaluate('[...document.querySelectorAll(".examples a")].find((link) => link.textContent === "The header of 70,000 bytes").click()');
      await says(page, "#summary", "A strict server waits for 70,000 more bytes.");
      assert.deepEqual([await value(page, "false"), await value(page, "form")], ["70000", "shortest"]);
      await fill(page, "hex", "8a00");
      const address = String(await page.evaluate("location.href"));
      assert.match(address, /#hex=8a00&from=client$/);
      await page.reload();
      // As long as its script has not run, the page shows an example, which is one frame as well.
      await page.waitForFunction('document.querySelector("#playground").elements.namedItem("hex").value === "8a 00"');
      await says(page, "#summary", "1 frame");
      await page.close();
    });

    test("nothing that is pasted becomes markup", limit, async () => {
      const page = await openPlayground();
      await fill(page, "payload", "<img src=x onerror=alert(1)>");
      await says(page, "#readings table", "<img src=x onerror=alert(1)>");
      await fill(page, "hex", "<img src=x>");
      await says(page, "#hex-mistake", "is no hex digit");
      assert.equal(await page.evaluate('document.querySelectorAll("main img").length'), 0);
      await page.close();
    });

    test("at 320 pixels nothing is cut off, and axe finds nothing", limit, async () => {
      const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
      for (const [width, hash] of [[320, "#hex=01034865c38900800281a9&from=server"], [1200, "#hex=f38237fa213d5f93&from=client"]] as const) {
        const page = await openPlayground(hash);
        await page.setViewport({ width, height: 800 });
        await says(page, "#summary", "A strict");
        assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true, `scrolls at ${width}`);
        const wide = '[...document.querySelectorAll(".f-frame")].filter((frame) => frame.scrollWidth > frame.clientWidth).length';
        assert.equal(await page.evaluate(wide), 0, `a frame is cut off at ${width}`);
        await page.evaluate(axe);
        const violations = await page.evaluate(`axe.run("main").then(({ violations }) =>
          violations.map(({ id, nodes }) => id + ": " + nodes.map(({ target }) => target).join(" ")))`);
        assert.deepEqual(violations, []);
        await page.close();
      }
    });

    test("without JavaScript each example leads to its frame", limit, async (t) => {
      if (name === "Firefox") return t.skip("puppeteer cannot switch off JavaScript there");
      const page = await open("playground/", (page) => page.setJavaScriptEnabled(false));
      const seen = await page.$$eval("ws-frame", (frames) => frames.length);
      assert.ok(seen >= 16, String(seen));
      const links = await page.$$eval(".examples a", (links) => links.map((link) => ({ name: link.textContent, hash: link.getAttribute("href") ?? "" })));
      for (const { name, hash } of links) {
        const heading = await page.$(`[id="${hash.slice(1)}"]`);
        assert.equal(await heading?.evaluate((heading) => heading.textContent), name);
      }
      assert.equal(await page.$eval("#playground", (form) => form.getClientRects().length), 0, "a form that can do nothing is shown");
      assert.equal(await page.$eval("#playground fieldset", (fieldset) => (fieldset as unknown as { disabled: boolean }).disabled), true);
      await page.close();
    });

    test("and no script has failed", () => assert.deepEqual(errors, []));
  });
}
