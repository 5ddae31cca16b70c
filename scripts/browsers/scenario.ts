import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "puppeteer-core";
import { ServerUnderTest } from "../checks/server-under-test.ts";
import { typescriptCommand } from "../lib/processes.ts";
import { findStep, type Step } from "../lib/steps.ts";
import type { BrowserName } from "./browsers.ts";
import { ClientPage } from "./client-page.ts";
import type { TestSite } from "./test-site.ts";

/** Something to try with a step's `client.html`, in each browser. */
export interface Scenario {
  name: string;
  run(stage: Stage): Promise<void>;
}

export interface ServerOptions {
  /** The slug of the step that the program belongs to; by default the scenario's own. */
  step?: string;
  env?: Record<string, string>;
}

/** Where a page comes from: the course's site, the same pages on another port, or the file system. */
export type Source = "site" | "foreign" | "file";

/** The servers of all scenarios: each is started once, since starting takes longer than the rest. */
export class ServerPool {
  #servers = new Map<string, ServerUnderTest>();

  /** A running server of the program; started if it is not, or no longer. */
  async get(program: string, env: Record<string, string>): Promise<ServerUnderTest> {
    const key = JSON.stringify([program, env]);
    const known = this.#servers.get(key);
    const server = known ?? new ServerUnderTest(typescriptCommand(program), undefined, env);
    this.#servers.set(key, server);
    await server.ensureRunning();
    return server;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.stop()));
  }
}

/** A server on a {@link Stage}. */
export interface StageServer {
  port: number;
  /** Waits until it has printed the text, or a match of the pattern, since the scenario asked for it. */
  printed(wanted: string | RegExp): Promise<void>;
  stop(): Promise<void>;
}

/** What a scenario has at hand. */
export class Stage {
  /** The browser, for what is meant to differ. */
  readonly browserName: BrowserName;
  readonly site: TestSite;
  readonly #browser: Browser;
  readonly #step: Step;
  readonly #servers: ServerPool;
  #pages: ClientPage[] = [];

  constructor(
    browserName: BrowserName,
    browser: Browser,
    step: Step,
    site: TestSite,
    servers: ServerPool,
  ) {
    this.browserName = browserName;
    this.#browser = browser;
    this.#step = step;
    this.site = site;
    this.#servers = servers;
  }

  /** A running server: the step's own, or another program of it, such as `exercises/send-back.ts`. */
  async server(program = "server.ts", options: ServerOptions = {}): Promise<StageServer> {
    const step = options.step === undefined ? this.#step : findStep(options.step);
    const server = await this.#servers.get(join(step.folder, program), options.env ?? {});
    const start = server.output.length;
    return {
      port: server.port,
      printed: (wanted) => server.printed(wanted instanceof RegExp ? { pattern: wanted, words: String(wanted) } : wanted, start),
      stop: () => server.stop(),
    };
  }

  /** The step's `client.html` in a new tab. */
  async open(server: StageServer, source: Source = "site"): Promise<ClientPage> {
    const { origin, foreignOrigin } = this.site;
    const path = `/steps/${this.#step.slug}/client.html`;
    const addresses: Record<Source, string> = {
      site: origin + path,
      foreign: foreignOrigin + path,
      file: pathToFileURL(join(this.#step.folder, "client.html")).href,
    };
    const page = await ClientPage.open(this.#browser, addresses[source], server.port);
    this.#pages.push(page);
    return page;
  }

  /** Fails unless the lesson quotes the words exactly. */
  assertLessonQuotes(words: string): void {
    const lesson = readFileSync(join(this.#step.folder, "README.md"), "utf8");
    assert.ok(lesson.includes(words), `the lesson does not quote what the browser says: ${words}`);
  }

  /** At the end of a scenario that has gone well. */
  async expectGoodManners(): Promise<void> {
    const number = String(this.#step.number).padStart(2, "0");
    for (const page of this.#pages) await page.expectGoodManners(`Step ${number}: ${this.#step.slug}`);
  }

  /** At the end of any scenario: a page that still connects would hold up the next one in Firefox. */
  async clear(): Promise<void> {
    await Promise.all(this.#pages.map((page) => page.close()));
    this.#pages = [];
  }
}
