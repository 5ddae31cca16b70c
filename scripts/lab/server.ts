import http, { STATUS_CODES, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { freePort, hasIPv6Loopback } from "../lib/ports.ts";
import { servingStep, WebSocketServer, type WebSocket } from "./library.ts";
import { Log } from "./log.ts";
import { LAB_PROTOCOL, type LabState, type ToLab } from "./messages.ts";
import { Page } from "./page.ts";
import { Recorder } from "./recorder.ts";
import { PracticeWatch } from "./practice.ts";
import { Problem, Runner } from "./runner.ts";
import { readWish } from "./wishes.ts";

export interface LabOptions {
  /** The folder that holds the steps. */
  stepsFolder: string;
  /** The site's port on this machine: its pages may connect, and nobody else. */
  sitePort: number;
  /** Where the tap listens, if that port is free; 8000 unless a test says otherwise. */
  tapPort?: number;
  /** How long a step's server may take until the log says that it does not listen; in milliseconds. */
  patience?: number;
  /** Finds a port for the lab itself; a free one unless a test says otherwise. */
  findPort?: () => Promise<number>;
  /** The folder of `npm run practice`, if its state is to be shown. */
  practiceFolder?: string;
}

export interface Lab {
  /** Where it listens, on loopback only. */
  port: number;
  /** Stops what it has started, and ends. */
  close(): Promise<void>;
}

/** How often a port is looked for. */
const MOST_TRIES = 5;
const MOST_PAGES = 16;
const MOST_CONNECTIONS = 64;
const MOST_MESSAGE_BYTES = 64 * 1024;
/** News go out at most once in so many milliseconds. */
const FLUSH_INTERVAL = 50;
/** How long a refused client may take to hang up, in milliseconds. */
const LINGER_TIME = 2000;
const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"];

/** Starts the lab: what runs the steps for the pages of the site, and shows what passes. */
export async function startLab({ stepsFolder, sitePort, tapPort = 8000, patience, findPort = freePort, practiceFolder }: LabOptions): Promise<Lab> {
  const origins = originsOf(sitePort);
  const pages = new Set<Page>();
  const served = servingStep();
  const servedBy = { number: served.number, slug: served.slug, title: served.title };

  let flushTimer: NodeJS.Timeout | undefined;
  let lastFlush = -Infinity;
  const flushSoon = (): void => {
    flushTimer ??= setTimeout(flush, Math.max(0, lastFlush + FLUSH_INTERVAL - performance.now()));
  };
  const flush = (): void => {
    flushTimer = undefined;
    lastFlush = performance.now();
    for (const page of pages) page.flush();
  };
  const tell = (news: (page: Page) => void): void => {
    if (pages.size === 0) return;
    for (const page of pages) news(page);
    flushSoon();
  };

  const log = new Log(flushSoon);
  const recorder = new Recorder({
    onChange: (id) => tell((page) => page.entryChanged(id)),
    onDrop: (id) => tell((page) => page.entryDropped(id)),
    onClear: () => tell((page) => page.cleared()),
  });
  const stateChanged = (): void => tell((page) => page.stateChanged());
  const runner = new Runner({
    stepsFolder,
    tapPort,
    origins,
    recorder,
    log,
    onChange: stateChanged,
    ...(patience !== undefined && { patience }),
  });
  const practice = practiceFolder === undefined ? undefined : new PracticeWatch(practiceFolder, stateChanged);
  const state = (): LabState => ({
    server: runner.server,
    client: runner.client,
    tapPort: runner.tapPort,
    tapMoved: runner.tapMoved,
    rechunk: runner.rechunk,
    pages: [...pages].filter(({ isGuest }) => !isGuest).length,
    ...(practice?.news && { practice: practice.news }),
  });

  const hosts = (await hasIPv6Loopback()) ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
  const sockets = new Set<Duplex>();
  const webSockets = new WebSocketServer({
    noServer: true,
    path: "/",
    allowedOrigins: origins,
    handleProtocols: () => LAB_PROTOCOL,
    maxPayload: MOST_MESSAGE_BYTES,
  });
  const { port, servers } = await listenSomewhere();

  return { port, close };

  /** Listens on a free port; on another one, if somebody else is faster. */
  async function listenSomewhere(): Promise<{ port: number; servers: Server[] }> {
    for (let tries = 1; ; tries += 1) {
      const servers: Server[] = [];
      const port = await findPort();
      try {
        for (const host of hosts) servers.push(await listen(host, port));
        return { port, servers };
      } catch (error) {
        for (const server of servers) server.close();
        if (tries === MOST_TRIES || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      }
    }
  }

  function listen(host: string, wanted: number): Promise<Server> {
    const server = http.createServer((request, response) => {
      response.writeHead(426, { Upgrade: "websocket", Connection: "Upgrade, close", "Content-Type": "text/plain" });
      response.end("This is the lab of the course: it speaks WebSocket, to the pages of the course only.\n");
      request.resume();
    });
    server.maxConnections = MOST_CONNECTIONS;
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    server.on("upgrade", upgrade);
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: wanted, host, exclusive: true }, () => {
        server.off("error", reject);
        // Later, a connection that could not be accepted is no reason to end.
        server.on("error", () => {});
        resolve(server);
      });
    });
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => {});
    const refusal = strangerAt(request, (request.socket.address() as AddressInfo).port, origins);
    if (refusal) return refuse(socket, refusal.status, refusal.sentence);
    if (pages.size >= MOST_PAGES) return refuse(socket, 503, `The lab serves ${MOST_PAGES} pages at a time, and so many are open.`);
    webSockets.handleUpgrade(request, socket, head, admit);
  }

  function admit(webSocket: WebSocket): void {
    const steps = runner.steps.map(({ slug, folder }) => ({ slug, hasClient: existsSync(join(folder, "client.ts")) }));
    const page = new Page(
      { log, recorder, state, send: (text) => webSocket.send(text), unread: () => webSocket.bufferedAmount },
      { servedBy, steps, state: { ...state(), pages: state().pages + 1 } },
    );
    pages.add(page);
    practice?.start();
    stateChanged();
    // Whoever breaks the protocol is told so by the library, and closed.
    webSocket.on("error", () => {});
    webSocket.on("close", () => {
      pages.delete(page);
      if (pages.size === 0) practice?.stop();
      stateChanged();
    });
    webSocket.on("message", (data, isBinary) => {
      const wish = isBinary ? undefined : readWish(data.toString());
      if (wish) fulfil(page, wish);
      else page.problem("The lab does not understand what this page has sent.");
    });
  }

  function fulfil(page: Page, wish: ToLab): void {
    try {
      switch (wish.type) {
        case "start":
          return void runner.start(wish.slug);
        case "stop":
          return void runner.stop();
        case "start-client":
          return runner.startClient();
        case "stop-client":
          return runner.stopClient();
        case "rechunk":
          return runner.setRechunk(wish.direction, wish.mode);
        case "only-practice":
          page.isGuest = true;
          return stateChanged();
        case "clear":
          return recorder.clear();
        case "ack":
          page.acknowledged(wish.batch);
          return flushSoon();
      }
    } catch (error) {
      const sentence = error instanceof Problem ? error.message : "The lab could not do that.";
      page.problem(sentence);
    }
  }

  async function close(): Promise<void> {
    clearTimeout(flushTimer);
    practice?.stop();
    pages.clear();
    await runner.stop();
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
    clearTimeout(flushTimer);
  }
}

/** The origins of a site on this machine. RFC 6454, section 6.1: the usual port is not written. */
export function originsOf(sitePort: number): string[] {
  return LOOPBACK_NAMES.map((name) => `http://${name}${sitePort === 80 ? "" : `:${sitePort}`}`);
}

/**
 * Why this request is none of a page of the site. The Host must be one of this machine's names: a
 * foreign page could have its own name lead here. And the Origin is asked for from everybody: who
 * sends none is no page, and has no business in the lab.
 */
function strangerAt(
  { headersDistinct, url }: IncomingMessage,
  port: number,
  origins: readonly string[],
): { status: number; sentence: string } | undefined {
  const { host = [], origin = [] } = headersDistinct;
  const names = LOOPBACK_NAMES.map((name) => `${name}:${port}`);
  if (host.length !== 1 || !names.includes(host[0] ?? "")) {
    return { status: 403, sentence: "The lab answers to the names of this machine only." };
  }
  if (origin.length !== 1 || !origins.includes(origin[0] ?? "")) {
    return { status: 403, sentence: "The lab serves the pages of the course only." };
  }
  // A foreign page can show one of our client pages in a frame, and have it connect to here.
  if (headersDistinct["sec-websocket-protocol"]?.join() !== LAB_PROTOCOL) {
    return { status: 403, sentence: "The lab speaks with the course's own lab page only." };
  }
  if (url !== "/") return { status: 404, sentence: "There is nothing here." };
  return undefined;
}

function refuse(socket: Duplex, status: number, sentence: string): void {
  const body = `${sentence}\n`;
  const lines = { Connection: "close", "Content-Type": "text/plain", "Content-Length": Buffer.byteLength(body) };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join("")}\r\n${body}`);
  // Bytes that nobody reads would reset the connection, and that can overtake our answer.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_TIME);
  socket.once("close", () => clearTimeout(timer));
}
