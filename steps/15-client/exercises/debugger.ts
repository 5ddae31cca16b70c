import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connect } from "../connect.ts";
import type { WebSocket } from "../websocket.ts";

/** The most bytes of an answer: a picture of a page may be large. */
const MAX_PAYLOAD = 100 * 1024 * 1024;

/** Sends commands to a browser, and waits for what comes back with the same id. What has no id is an event. */
export class Commander {
  #socket: WebSocket;
  #waiting = new Map<number, (answer: any) => void>();
  sent = 0;
  received = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      this.received++;
      const { id, ...answer } = JSON.parse(String(data));
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
    socket.on("close", () => {
      for (const answer of this.#waiting.values()) answer({ error: "gone", message: "the browser is gone" });
    });
  }

  async send(method: string, params: object = {}, more: object = {}): Promise<any> {
    const id = ++this.sent;
    this.#socket.send(JSON.stringify({ id, method, params, ...more }));
    const { result, error, message } = await new Promise<any>((resolve) => this.#waiting.set(id, resolve));
    if (error) throw new Error(`${method}: ${message ?? error.message}`);
    return result;
  }
}

/** A page in a browser. */
export type Page = {
  evaluate(expression: string): Promise<unknown>;
  /** A picture in base64, as PNG. */
  picture(): Promise<string>;
};

/** Starts a browser, connects to its debugger, opens a page, lends it to `use`, and clears up. */
export async function withPage(program: string, url: string, use: (page: Page, commander: Commander) => Promise<void>): Promise<void> {
  const isFirefox = /firefox/i.test(program);
  const profile = await mkdtemp(join(tmpdir(), "drive-browser-"));
  let browser: ChildProcess | undefined;
  try {
    browser = start(program, isFirefox, profile);
    const address = await addressOf(browser);
    console.log(`Connecting to ${address}`);
    const socket = await connect(isFirefox ? `${address}/session` : address, [], { maxPayload: MAX_PAYLOAD });
    const commander = new Commander(socket);
    await use(await (isFirefox ? openInFirefox : openInChromium)(commander, url), commander);
    socket.close();
    await once(socket, "close");
  } finally {
    if (browser?.kill()) await once(browser, "exit");
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** Chromium's own language: https://chromedevtools.github.io/devtools-protocol/ */
async function openInChromium(browser: Commander, url: string): Promise<Page> {
  const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
  await browser.send("Page.navigate", { url }, { sessionId });
  const evaluate = async (expression: string) =>
    (await browser.send("Runtime.evaluate", { expression, awaitPromise: true }, { sessionId })).result.value;
  await evaluate('document.readyState === "complete" || new Promise((resolve) => (onload = () => resolve(true)))');
  return { evaluate, picture: async () => (await browser.send("Page.captureScreenshot", {}, { sessionId })).data };
}

/** The language of Firefox, and of all browsers one day: https://www.w3.org/TR/webdriver-bidi/ */
async function openInFirefox(browser: Commander, url: string): Promise<Page> {
  await browser.send("session.new", { capabilities: {} });
  const { context } = await browser.send("browsingContext.create", { type: "tab" });
  await browser.send("browsingContext.navigate", { context, url, wait: "complete" });
  const target = { context };
  return {
    evaluate: async (expression) =>
      (await browser.send("script.evaluate", { expression, target, awaitPromise: false })).result.value,
    picture: async () => (await browser.send("browsingContext.captureScreenshot", target)).data,
  };
}

function start(program: string, isFirefox: boolean, profile: string): ChildProcess {
  // Chromium's sandbox refuses to work for root, and in most containers.
  const isCaged = process.getuid?.() === 0 || process.env.CI;
  const args = isFirefox
    ? ["--profile", profile]
    : [`--user-data-dir=${profile}`, "--disable-gpu", "--no-first-run", ...(isCaged ? ["--no-sandbox"] : [])];
  return spawn(program, ["--headless", "--remote-debugging-port=0", ...args, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
}

/** Waits until the browser says where its debugger listens. */
async function addressOf(browser: ChildProcess): Promise<string> {
  await once(browser, "spawn");
  if (browser.stderr === null) throw new Error("The browser cannot be heard");
  for await (const line of createInterface({ input: browser.stderr })) {
    const [, address] = /listening on (ws:\S+)/.exec(line) ?? [];
    if (address === undefined) continue;
    browser.stderr.resume();
    return address;
  }
  throw new Error("The browser has ended without a word about its debugger");
}
