import assert from "node:assert/strict";
import type { Browser, ElementHandle, Page } from "puppeteer-core";
import { CheckError, section } from "../checks/check-error.ts";

/** How long a page may take for what should come at once, in milliseconds. */
const PATIENCE = 15_000;

export type SocketState = "CONNECTING" | "OPEN" | "CLOSING" | "CLOSED";

/** What a client page shows. Ports in it are 8000, so that it reads as in the lesson. */
export interface Snapshot {
  title: string;
  heading: string;
  /** What the page says about its step. */
  note: string;
  state: string;
  log: string[];
}

// As text: these programs have no types of the DOM, since nothing else of theirs runs in a browser.
const SNAPSHOT = `({
  title: document.title,
  heading: document.querySelector("h1").innerText,
  note: document.querySelector(".note").innerText,
  state: document.querySelector("#state").innerText,
  log: [...document.querySelectorAll("#log li")].map((item) => item.textContent),
})`;

/** A step's `client.html` in a browser, as somebody sees it who has the console open. */
export class ClientPage {
  readonly #page: Page;
  readonly #url: string;
  readonly #port: number;
  #words: string[] = [];
  #requests: string[] = [];
  #spoken = new Set<() => void>();

  private constructor(page: Page, url: string, port: number) {
    this.#page = page;
    this.#url = url;
    this.#port = port;
    const hear = (words: string) => {
      this.#words.push(words);
      for (const look of this.#spoken) look();
    };
    page.on("request", (request) => void this.#requests.push(request.url()));
    // Chromium says in the console why a connection failed; Firefox reports it as a page's error.
    page.on("pageerror", (error) => hear(error instanceof Error ? error.message : String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") hear(message.text());
    });
  }

  /** Opens the page in a new tab; it connects to the server on `port`. */
  static async open(browser: Browser, address: string, port: number): Promise<ClientPage> {
    const page = await browser.newPage();
    const url = `${address}?server=ws://localhost:${port}`;
    const client = new ClientPage(page, url, port);
    await page.goto(url, { timeout: PATIENCE });
    return client;
  }

  /** What the page shows now. */
  async look(): Promise<Snapshot> {
    const seen = (await this.#page.evaluate(SNAPSHOT)) as Snapshot;
    return { ...seen, log: seen.log.map((line) => this.#withUsualPort(line)) };
  }

  /** Waits until the page shows the state. */
  async expectState(state: SocketState): Promise<void> {
    const condition = `document.querySelector("#state").textContent === ${JSON.stringify(state)}`;
    await this.#until(condition, `the page to show the state ${state}`);
  }

  /**
   * Waits until the log has as many lines as `lines`, which must then be its lines, all of them. An
   * event between two that are expected makes it fail, so that the end proves how it got there.
   */
  async expectLog(lines: readonly string[]): Promise<void> {
    const condition = `document.querySelectorAll("#log li").length >= ${lines.length}`;
    await this.#until(condition, `${lines.length} lines in the log, the last of them ${lines.at(-1)}`);
    const { log } = await this.look();
    if (JSON.stringify(log) !== JSON.stringify(lines)) {
      throw await this.#failure(`Expected the log to be\n${lines.join("\n").replace(/^/gm, "  ")}`);
    }
  }

  /** Waits until the browser has said something that matches, and returns it, with port 8000. */
  async expectWords(pattern: RegExp): Promise<string> {
    const found = () => this.#words.find((words) => pattern.test(words));
    if (found() === undefined) {
      await new Promise<void>((resolve) => {
        const settle = () => {
          clearTimeout(timer);
          this.#spoken.delete(look);
          resolve();
        };
        const look = () => {
          if (found() !== undefined) settle();
        };
        const timer = setTimeout(settle, PATIENCE);
        this.#spoken.add(look);
      });
    }
    const words = found();
    if (words === undefined) throw await this.#failure(`Expected the browser to say ${pattern}.`);
    return this.#withUsualPort(words);
  }

  /** Presses the button with this text, as soon as it can be pressed. */
  async press(button: string): Promise<void> {
    const element = await this.#find(`//button[.="${button}" and not(@disabled)]`);
    await element.click();
  }

  /** Replaces the text of the field with this label, by typing. */
  async fill(label: string, text: string): Promise<void> {
    const field = await this.#find(`//input[@id = //label[.="${label}"]/@for or ancestor::label[normalize-space(.)="${label}"]]`);
    await field.click({ count: 3 });
    await field.type(text);
  }

  /** Whether the button with this text cannot be pressed now. */
  async isDisabled(button: string): Promise<boolean> {
    const element = await this.#find(`//button[.="${button}"]`);
    return element.evaluate((node) => (node as unknown as { disabled: boolean }).disabled);
  }

  /** The text of the element with this id. */
  async text(id: string): Promise<string> {
    return (await this.#page.evaluate(`document.getElementById("${id}").innerText`)) as string;
  }

  /**
   * What holds for every client page: it names its step, loads nothing but itself, and the browser
   * complains of nothing but the connection.
   */
  async expectGoodManners(name: string): Promise<void> {
    const { title, heading } = await this.look();
    assert.deepEqual({ title, heading }, { title: name, heading: name });

    // Firefox counts the handshake as a request, and calls it by its older name.
    const own = [this.#url, `http://localhost:${this.#port}/`];
    const strangers = this.#requests.filter((url) => !own.includes(url) && !url.startsWith("data:"));
    assert.deepEqual(strangers, [], "the page requests something other than itself and its server");

    const complaints = this.#words.filter((words) => !words.includes(`ws://localhost:${this.#port}/`));
    assert.deepEqual(complaints, [], "the browser complains of something other than the connection");
  }

  async close(): Promise<void> {
    await this.#page.close();
  }

  async #find(xpath: string): Promise<ElementHandle> {
    const selector = `::-p-xpath(${xpath})`;
    const element = await this.#page.waitForSelector(selector, { timeout: PATIENCE }).catch(() => null);
    if (element === null) throw await this.#failure(`There is no ${xpath} in the page.`);
    return element;
  }

  async #until(condition: string, what: string): Promise<void> {
    try {
      await this.#page.waitForFunction(condition, { polling: "mutation", timeout: PATIENCE });
    } catch (error) {
      throw await this.#failure(`Expected ${what}: ${(error as Error).message}`);
    }
  }

  async #failure(message: string): Promise<CheckError> {
    const seen = await this.look().catch((error: Error) => `(cannot be seen: ${error.message})`);
    const [state, log] = typeof seen === "string" ? [seen, [seen]] : [seen.state, seen.log];
    return new CheckError(
      [
        message,
        section("The page:", this.#url),
        section("State:", state),
        section("Log:", log.join("\n")),
        section("The browser said:", this.#words.join("\n") || "(nothing)"),
      ].join("\n"),
    );
  }

  #withUsualPort(text: string): string {
    return text.replaceAll(`localhost:${this.#port}`, "localhost:8000").replaceAll(`127.0.0.1:${this.#port}`, "127.0.0.1:8000");
  }
}
