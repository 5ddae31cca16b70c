import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { inspect } from "node:util";
import type { Browser } from "puppeteer-core";
import WebSocket, { WebSocketServer } from "ws";
import { faults, startFaulty, type Fault, type FaultyServer } from "./symptom-faults.ts";

/** What clients say when something goes wrong, as they print it. Ports are 8000. */
export interface Said {
  /** What stands in the console, or in the error. */
  words: string[];
  /** The events that the program sees. */
  events: string[];
}

/** A mistake of a page: a script, with `url` of a server that accepts, and `free`, a port where nobody listens. */
interface Mistake {
  script: string;
  /** Whether the console says something when the connection has failed, and not at once. */
  fails?: boolean;
}

/** A page's own mistakes, by name. */
export const pageMistakes: Record<string, Mistake> = {
  "refused": { script: "new WebSocket(`ws://127.0.0.1:${free}/chat`)", fails: true },
  "wss to a plain server": { script: "new WebSocket(url.replace('ws:', 'wss:'))", fails: true },
  "blocked port": { script: "new WebSocket('ws://127.0.0.1:25/chat')", fails: true },
  "send while CONNECTING": { script: "new WebSocket(url).send('Hi')" },
  "close while CONNECTING": { script: "new WebSocket(url).close()", fails: true },
  "close with 1001": { script: "new WebSocket(url).close(1001)" },
  "long reason": { script: "new WebSocket(url).close(1000, 'x'.repeat(124))" },
  "send after close": { script: "const s = new WebSocket(url); s.onopen = () => { s.close(); s.send('Hi'); }", fails: true },
  "scheme": { script: "new WebSocket(url.replace('ws:', 'ftp:'))" },
  "fragment": { script: "new WebSocket(url + '#top')" },
  "not a URL": { script: "new WebSocket('ws://[')" },
  "protocol with a space": { script: "new WebSocket(url, 'a b')" },
  "protocol twice": { script: "new WebSocket(url, ['chat', 'chat'])" },
};

/** How long a fault may take to show itself in a browser, in milliseconds. */
const PATIENCE = 5_000;

/**
 * Opens every fault in one page of a browser, and collects what its console says, by fault. Chromium
 * makes each connection wait for its turn after failed ones, but takes all of them at once; Firefox
 * takes one at a time.
 */
export async function hearBrowser(browser: Browser, atOnce: boolean): Promise<Record<string, Said>> {
  const web = await startWeb();
  const { page, heard } = await listen(browser);
  await page.goto(web.address);
  const servers = await startAll(faults);
  const result: Record<string, Said> = {};
  try {
    const list = Object.entries(faults).map(([name, { protocols = [], greets = false, stays = false }]) => ({
      name, protocols, greets, stays, port: servers.get(name)?.port,
    }));
    const events = (await page.evaluate(`(async () => {
      const open = (fault) => new Promise((resolve) => {
        const events = [];
        const socket = new WebSocket("ws://127.0.0.1:" + fault.port + "/chat", fault.protocols);
        socket.onopen = () => { events.push("open"); if (fault.greets) socket.send("Hi"); };
        socket.onmessage = ({ data }) => events.push("message " + data);
        socket.onerror = () => events.push("error");
        socket.onclose = ({ code, reason, wasClean }) => {
          events.push("close code: " + code + " reason: " + JSON.stringify(reason) + " wasClean: " + wasClean);
          resolve([fault.name, events]);
        };
        const give = () => resolve([fault.name, [...events, "readyState " + socket.readyState]]);
        if (fault.stays) give();
        setTimeout(give, ${PATIENCE});
      });
      const faults = ${JSON.stringify(list)};
      if (${atOnce}) return Promise.all(faults.map(open));
      const result = [];
      for (const fault of faults) result.push(await open(fault));
      return result;
    })()`)) as [string, string[]][];
    await hearLast(page, heard);
    for (const [name, seen] of events) {
      const port = servers.get(name)?.port ?? 0;
      const own = heard.filter((words) => new RegExp(`:${port}\\b`).test(words));
      result[name] = { events: seen, words: own.map((words) => words.replaceAll(`:${port}`, ":8000")) };
    }
    // The one that hangs would hold up the others.
    await page.goto(web.address);
    await hearLast(page, heard);
    for (const [name, mistake] of Object.entries(pageMistakes)) {
      result[name] = await tryMistake(page, heard, mistake);
    }
    await page.close();
    result["policy"] = await tryPolicy(browser);
    result["mixed content"] = await tryMixedContent(browser);
  } finally {
    await Promise.all([web.stop(), ...[...servers.values()].map((server) => server.stop())]);
  }
  return result;
}

async function listen(browser: Browser): Promise<{ page: Page; heard: string[] }> {
  const page = await browser.newPage();
  const heard: string[] = [];
  page.on("console", (message) => void heard.push(message.text()));
  page.on("pageerror", (error) => void heard.push(error instanceof Error ? error.message : String(error)));
  return { page, heard };
}

const CONNECT = `try { new WebSocket("ws://other.test:8000/chat") } catch (error) { console.log(String(error)) }`;

/** A page whose Content-Security-Policy allows no such connection. */
async function tryPolicy(browser: Browser): Promise<Said> {
  const web = await startWeb({ "Content-Security-Policy": "connect-src 'self'" });
  const { page, heard } = await listen(browser);
  await page.goto(web.address);
  await page.evaluate(CONNECT);
  await hearLast(page, heard);
  await page.close();
  await web.stop();
  return { words: heard.filter((words) => !words.startsWith("mark ")), events: [] };
}

/** A page that came by https, and wants ws. */
async function tryMixedContent(browser: Browser): Promise<Said> {
  const { page, heard } = await listen(browser);
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    void request.respond({ status: 200, contentType: "text/html", body: "<!doctype html><title>Page</title>" });
  });
  await page.goto("https://course.test/");
  await page.evaluate(CONNECT);
  await hearLast(page, heard);
  await page.close();
  return { words: heard.filter((words) => !words.startsWith("mark ")), events: [] };
}

type Page = Awaited<ReturnType<Browser["newPage"]>>;

/** Waits until the console has said all that it had to say by now: our own word comes last. */
async function hearLast(page: Page, heard: string[]): Promise<void> {
  const mark = `mark ${heard.length}`;
  await page.evaluate(`new Promise((resolve) => setTimeout(resolve, 100)).then(() => console.log(${JSON.stringify(mark)}))`);
  while (!heard.includes(mark)) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function tryMistake(page: Page, heard: string[], { script, fails = false }: Mistake): Promise<Said> {
  const server = await startFaulty(faults["no close frame"]?.answer ?? (() => {}));
  const free = await freePort();
  const from = heard.length;
  const events = (await page.evaluate(`(async () => {
    const [url, free, events] = ["ws://127.0.0.1:${server.port}/chat", ${free}, []];
    let closed;
    class Spied extends WebSocket {
      constructor(...args) {
        super(...args);
        closed = new Promise((resolve) => this.addEventListener("close", ({ code }) => resolve("close code: " + code)));
      }
    }
    try { new Function("WebSocket", "url", "free", ${JSON.stringify(script)})(Spied, url, free); }
    catch (error) { return [String(error)]; }
    return ${fails} ? [await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, ${PATIENCE}, "close: never"))])] : [];
  })()`)) as string[];
  await hearLast(page, heard);
  await server.stop();
  const words = heard.slice(from).filter((text) => !text.startsWith("mark "));
  const usual = (text: string): string => text.replaceAll(`:${server.port}`, ":8000").replaceAll(`:${free}`, ":8000");
  const errors = events.filter((event) => !event.startsWith("close"));
  return { events: events.filter((event) => event.startsWith("close")).map(usual), words: [...words, ...errors].map(usual) };
}

/** What the client of the package `ws` says. */
export function hearWs(name: string): Promise<Said> {
  return withFault(name, (port, fault) => new Promise((resolve) => {
    const said: Said = { words: [], events: [] };
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, fault.protocols ?? []);
    socket.on("open", () => {
      said.events.push("open");
      if (fault.greets) socket.send("Hi");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => said.words.push(`${error}`));
    socket.on("close", (code) => {
      said.events.push(`close code: ${code}`);
      settle();
    });
    socket.on("message", (data) => said.events.push(`message ${String(data)}`));
    const settle = (): void => {
      clearTimeout(timer);
      socket.terminate();
      resolve(said);
    };
    const timer = setTimeout(settle, 1500);
  }));
}

/** Frames of a client that a server must refuse, by name: what follows a good handshake. */
export const clientFaults: Record<string, string> = {
  "not masked": "81 02 48 69",
  "client RSV1": "c1 82 00 00 00 00 48 69",
  "client RSV2": "a1 82 00 00 00 00 48 69",
  "client opcode": "83 82 00 00 00 00 48 69",
  "client fragmented ping": "09 80 00 00 00 00",
  "client long ping": "89 fe 00 7e 00 00 00 00",
  "client continuation": "80 82 00 00 00 00 48 69",
  "client not UTF-8": "81 82 00 00 00 00 c3 28",
  "client close 1 byte": "88 81 00 00 00 00 03",
  "client close 1005": "88 82 00 00 00 00 03 ed",
  "client too much": "82 fe 10 00 00 00 00 00",
};

/** What a server of the package `ws` says to a client's fault. */
export async function hearWsServer(name: string): Promise<Said> {
  const said: Said = { words: [], events: [] };
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", maxPayload: 1024 });
  await once(server, "listening");
  const ended = new Promise<void>((resolve) => {
    server.on("connection", (socket) => {
      socket.on("error", (error) => said.words.push(String(error)));
      socket.on("close", () => resolve());
    });
  });
  const { port } = server.address() as AddressInfo;
  const client = connect(port, "127.0.0.1");
  client.on("error", () => {});
  const lines = Object.entries(HANDSHAKE).map(([key, value]) => `${key}: ${value}`);
  client.write(["GET / HTTP/1.1", "Host: localhost", ...lines, "", ""].join("\r\n"));
  client.write(Buffer.from((clientFaults[name] ?? "").replaceAll(" ", ""), "hex"));
  client.resume();
  await once(client, "end");
  client.end();
  await ended;
  server.close();
  return said;
}

/** What `ws` says to programs that use it wrongly, by the entry that explains it. */
export async function hearWsMistakes(): Promise<Record<string, Said>> {
  const server = await startFaulty(faults["no close frame"]?.answer ?? (() => {}));
  const url = `ws://127.0.0.1:${server.port}`;
  const opened = new WebSocket(url);
  await once(opened, "open");
  const thrown = (act: () => void): Said => {
    try {
      act();
    } catch (error) {
      return { words: [String(error)], events: [] };
    }
    return { words: [], events: [] };
  };
  const early = new WebSocket(url);
  const sent = thrown(() => early.send("Hi"));
  const failed = once(early, "error") as Promise<[Error]>;
  early.close();
  const result = {
    "still-connecting": sent,
    "closed-while-connecting": { words: [String((await failed)[0])], events: [] },
    "close-code": thrown(() => opened.close(1005)),
    "close-reason": thrown(() => opened.close(1000, "x".repeat(124))),
    "bad-url": {
      words: ["ws://[", "ftp://127.0.0.1/", `${url}/#top`].flatMap((wrong) => thrown(() => new WebSocket(wrong)).words),
      events: [],
    },
    "bad-protocol": thrown(() => new WebSocket(url, "a b")),
  };
  opened.terminate();
  await server.stop();
  return result;
}

/** What clients of Node say where nobody listens. */
export async function hearRefused(): Promise<Record<"http" | "ws" | "curl" | "localhost", Said>> {
  const port = await freePort();
  const usual = (words: string): Said => ({ words: [words.trim().replaceAll(String(port), "8000")], events: [] });
  const failure = (start: (settle: (error: Error) => void) => void): Promise<Said> =>
    new Promise((resolve) => start((error) => resolve(usual(inspect(error)))));
  return {
    http: await failure((settle) => void request({ port, host: "127.0.0.1" }).on("error", settle).end()),
    ws: await failure((settle) => void new WebSocket(`ws://127.0.0.1:${port}`).on("error", settle)),
    localhost: await failure((settle) => void request({ port, host: "localhost" }).on("error", settle).end()),
    curl: usual((await run("curl", ["-sS", `http://localhost:${port}/`])).stderr),
  };
}

/** What a server says whose port is taken. */
export async function hearBusy(): Promise<Said> {
  const other = await startFaulty(() => {});
  const server = createServer();
  server.listen(other.port, "127.0.0.1");
  const [error] = (await once(server, "error")) as [Error];
  await other.stop();
  return { words: [String(error).replaceAll(String(other.port), "8000")], events: [] };
}

/** What Node's `http` says to a client that asks for an upgrade. */
export function hearHttp(name: string): Promise<Said> {
  return withFault(name, (port) => new Promise((resolve) => {
    const said: Said = { words: [], events: [] };
    const outgoing = request({ port, host: "127.0.0.1", headers: HANDSHAKE });
    const settle = (): void => {
      clearTimeout(timer);
      outgoing.destroy();
      resolve(said);
    };
    const timer = setTimeout(settle, 1000);
    outgoing.on("error", (error) => {
      said.words.push(String(error));
      settle();
    });
    outgoing.on("upgrade", (_response, socket) => {
      socket.on("error", () => {}).destroy();
      settle();
    });
    outgoing.on("response", (response) => {
      said.events.push(`response ${response.statusCode}`);
      response.resume();
      settle();
    });
    outgoing.end();
  }));
}

/** What Node's own `WebSocket` says. */
export function hearUndici(name: string): Promise<Said> {
  return withFault(name, async (port, fault) => {
    const code = `const socket = new WebSocket("ws://127.0.0.1:${port}/chat", ${JSON.stringify(fault.protocols ?? [])});
      const said = { words: [], events: [] };
      const settle = () => { console.log(JSON.stringify(said)); process.exit(); };
      socket.onopen = () => { said.events.push("open"); ${fault.greets ? "socket.send('Hi')" : ""} };
      socket.onmessage = ({ data }) => said.events.push("message " + data);
      socket.onerror = ({ message, error }) => {
        // Newer versions give an error without a word in it.
        if (error === undefined || error.message) said.words.push(String(error ?? message));
        setTimeout(settle, 50);
      };
      socket.onclose = ({ code }) => { said.events.push("close code: " + code); settle(); };
      setTimeout(settle, 1500);`;
    const flags = Number(process.versions.node.split(".")[0]) < 22 ? ["--experimental-websocket"] : [];
    const { stdout } = await run(process.execPath, [...flags, "--no-warnings", "-e", code]);
    return JSON.parse(stdout) as Said;
  });
}

const HANDSHAKE = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** What `curl` says that plays a WebSocket client. */
export function hearCurl(name: string): Promise<Said> {
  return withFault(name, async (port) => {
    const headers = Object.entries(HANDSHAKE).flatMap(([key, value]) => ["-H", `${key}: ${value}`]);
    const { stderr } = await run("curl", ["-sS", "-m", "1", ...headers, `http://127.0.0.1:${port}/chat`]);
    return { words: stderr.trim() === "" ? [] : [stderr.trim()], events: [] };
  });
}

async function withFault(name: string, hear: (port: number, fault: Fault) => Promise<Said>): Promise<Said> {
  const fault = faults[name];
  if (fault === undefined) throw new Error(`There is no fault "${name}".`);
  const server = await startFaulty(fault.answer);
  try {
    const { words, events } = await hear(server.port, fault);
    return { words: words.map((text) => text.replaceAll(`:${server.port}`, ":8000")), events };
  } finally {
    await server.stop();
  }
}

export function run(command: string, args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  return new Promise((resolve) => {
    execFile(command, args, { encoding: "utf8" }, (error, stdout, stderr) => {
      resolve({ stdout, stderr, code: typeof error?.code === "number" ? error.code : 0 });
    });
  });
}

async function startAll(all: Record<string, Fault>): Promise<Map<string, FaultyServer>> {
  const servers = Object.entries(all).map(async ([name, { answer }]) => [name, await startFaulty(answer)] as const);
  return new Map(await Promise.all(servers));
}

/** A page to connect from. */
export async function startWeb(headers: Record<string, string> = {}): Promise<{ address: string; stop(): Promise<void> }> {
  const server = createServer((_request, answer) => {
    answer.writeHead(200, { "Content-Type": "text/html", ...headers }).end("<!doctype html><title>Page</title>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export async function freePort(): Promise<number> {
  const server = await startFaulty(() => {});
  await server.stop();
  return server.port;
}
