import assert from "node:assert/strict";
import type { Browser, ElementHandle, Frame, Page } from "puppeteer-core";

/** How long a page may take for what should come at once, in milliseconds. */
const PATIENCE = 15_000;

const FAILED_CONNECTION = /establish a connection|connection to wss?:.* was interrupted/;

/** A row of the wire view, as it reads. */
export interface WireRow {
  kind: string;
  direction: "to-server" | "to-client" | "";
  name: string;
  preview: string;
  notes: string;
  problem: string;
}

// As text: these programs have no types of the DOM, since nothing else of theirs runs in a browser.
const ROWS = `[...document.querySelectorAll(".wire-list > li")].map((item) => {
  const text = (name) => item.querySelector(".wire-row ." + name)?.textContent ?? "";
  const arrow = item.querySelector(".wire-arrow").classList;
  return {
    kind: [...item.classList].find((name) => name.startsWith("wire-")).slice(5),
    direction: arrow.contains("to-server") ? "to-server" : arrow.contains("to-client") ? "to-client" : "",
    name: text("wire-name"),
    preview: text("wire-preview"),
    notes: [text("wire-notes"), text("wire-marks")].filter(Boolean).join(" · "),
    problem: text("wire-problem"),
  };
})`;

/** A lesson's page with its lab, as somebody sees it who reads the lesson. */
export class LabPage {
  readonly page: Page;
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => {
      const words = error instanceof Error ? error.message : String(error);
      // Firefox reports failed connections here, which some tests want.
      if (!FAILED_CONNECTION.test(words)) this.errors.push(words);
    });
  }

  static async open(browser: Browser, url: string): Promise<LabPage> {
    const page = await browser.newPage();
    await page.setViewport({ width: 1400, height: 900 });
    const lab = new LabPage(page);
    await page.goto(url, { timeout: PATIENCE });
    return lab;
  }

  /** Waits until the lab's bar says this. */
  async says(text: string | RegExp): Promise<void> {
    const pattern = typeof text === "string" ? text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") : text.source;
    await this.until(
      `new RegExp(${JSON.stringify(pattern)}).test(document.querySelector(".lab-sentence")?.textContent ?? "")`,
      `the lab to say ${text}`,
    );
  }

  /** Presses the button of the lab with this label. */
  async press(label: string): Promise<void> {
    const find = `[...document.querySelectorAll("ws-lab button")].find((one) => one.textContent === ${JSON.stringify(label)} && one.offsetParent !== null)`;
    await this.until(`${find} !== undefined`, `a button "${label}"`);
    // Not by the mouse: the row of buttons may wrap anew while it moves.
    await this.page.evaluate(`${find}.click()`);
  }

  rows(): Promise<WireRow[]> {
    return this.page.evaluate(ROWS) as Promise<WireRow[]>;
  }

  /** Waits until the wire view has such a row, and returns its place in the list. */
  async row(wanted: Partial<WireRow>): Promise<number> {
    const find = `${ROWS}.findIndex((row) => Object.entries(${JSON.stringify(wanted)}).every(([key, value]) => row[key] === value))`;
    await this.until(`${find} >= 0`, `a row ${JSON.stringify(wanted)}`);
    return (await this.page.evaluate(find)) as number;
  }

  /** Opens the row at this place, and returns what its details say. */
  async detail(index: number): Promise<string> {
    await this.page.evaluate(`document.querySelectorAll(".wire-list > li")[${index}].querySelector(".wire-row").click()`);
    await this.until(`document.querySelector(".wire-reading").offsetParent !== null`, "details");
    return (await this.page.evaluate(`document.querySelector(".wire-detail").textContent`)) as string;
  }

  /** Unfolds what the wire view needs less often. */
  async unfoldMenu(): Promise<void> {
    await this.page.evaluate(`document.querySelector(".wire-more").open = true`);
  }

  /** The hex of the frame in the open row, as its drawing has it. */
  async openBytes(): Promise<string> {
    const read = `[...document.querySelector(".wire-detail ws-frame").bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")`;
    return (await this.page.evaluate(read)) as string;
  }

  async counts(): Promise<{ shown: number; dropped: number }> {
    const read = `(({ shown, dropped }) => ({ shown: Number(shown), dropped: Number(dropped) }))(document.querySelector(".wire-status").dataset)`;
    return (await this.page.evaluate(read)) as { shown: number; dropped: number };
  }

  /** The embedded page of the step, once it shows this state. */
  async client(state: string): Promise<Frame> {
    await this.until(
      `document.querySelector(".lab-frame iframe")?.contentDocument?.querySelector("#state")?.textContent === ${JSON.stringify(state)}`,
      `the embedded page to be ${state}`,
    );
    const frame = await (await this.find<ElementHandle<never>>(".lab-frame iframe")).contentFrame();
    assert.ok(frame);
    return frame as Frame;
  }

  async find<Handle = ElementHandle>(selector: string): Promise<Handle> {
    const element = await this.page.waitForSelector(selector, { timeout: PATIENCE });
    assert.ok(element, selector);
    return element as Handle;
  }

  async until(condition: string, what: string): Promise<void> {
    try {
      await this.page.waitForFunction(condition, { polling: 50, timeout: PATIENCE });
    } catch (error) {
      const seen = await this.page
        .evaluate(`document.querySelector(".lab-box")?.innerText ?? document.body.innerText.slice(0, 500)`)
        .catch(() => "(nothing)");
      throw new Error(`Expected ${what}: ${(error as Error).message}\nThe lab shows:\n${seen}\nErrors: ${this.errors.join("\n")}`);
    }
  }

  async close(): Promise<void> {
    await this.page.close();
    assert.deepEqual(this.errors, [], "the page had errors");
  }
}
