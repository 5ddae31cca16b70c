import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { after, afterEach, before, describe, test } from "node:test";
import WebSocket from "ws";
import { freePort, isPortAnswering } from "../lib/ports.ts";
import { courseRoot } from "../lib/root.ts";
import { scratchFolder } from "../lib/scratch.ts";
import { Log } from "./log.ts";
import { LAB_PROTOCOL, type FromLab, type LabState, type ProgramState, type ToLab, type WireEntry } from "./messages.ts";
import { Recorder } from "./recorder.ts";
import { Runner, type RunnerOptions } from "./runner.ts";
import { startLab, type Lab } from "./server.ts";
import { Tap } from "./tap.ts";

const SITE = "http://localhost:3000";

const scratch = scratchFolder({
  "steps/01-crash/server.ts": 'console.log("before"); throw new Error("on purpose");',
  "steps/02-deaf/server.ts": 'console.log("deaf"); setInterval(() => {}, 1000);',
  "steps/03-flood/server.ts": 'import net from "node:net"; net.createServer().listen(Number(process.env.PORT)); const go = () => { for (let i = 0; i < 1000; i += 1) console.log("line"); setImmediate(go); }; go();',
  "steps/04-calm/server.ts": 'import net from "node:net"; net.createServer((socket) => socket.pipe(socket)).listen(Number(process.env.PORT), () => console.log("pid", process.pid, process.env.ALLOWED_ORIGINS));',
  "steps/04-calm/client.ts": 'import net from "node:net"; net.connect(Number(process.env.PORT), "localhost").end("GET / HTTP/1.1\\r\\n\\r\\n").resume().on("close", () => console.log("client is done"));',
  "steps/05-stubborn/server.ts": 'import net from "node:net"; process.on("SIGTERM", () => {}); net.createServer().listen(Number(process.env.PORT));',
  // It listens, and the port that it was given answers: but that is another process.
  "steps/07-elsewhere/server.ts": `
    import net from "node:net";
    import { spawn } from "node:child_process";
    const other = "require('net').createServer().listen(" + process.env.PORT + ", '127.0.0.1', () => console.log())";
    spawn(process.execPath, ["-e", other]).stdout.once("data", () => net.createServer().listen(0, () => console.log("listens")));
  `,
  "steps/06-no-server/README.md": "# 06: No server",
});

/** A page of the site: it has heard what it has heard, and acknowledges batches unless told not to. */
class FakePage {
  heard: FromLab[] = [];
  entries = new Map<number, WireEntry>();
  log: string[] = [];
  state!: LabState;
  skipped = 0;
  acknowledges = true;
  socket: WebSocket;
  #wake: () => void = () => {};

  constructor(port: number, origin = SITE) {
    this.socket = new WebSocket(`ws://localhost:${port}/`, LAB_PROTOCOL, { origin });
    this.socket.on("message", (data) => this.#hear(JSON.parse(String(data)) as FromLab));
    this.socket.on("error", () => {});
  }

  send(wish: ToLab): void {
    this.socket.send(JSON.stringify(wish));
  }

  /** Waits until the condition holds; the test's time limit ends it. */
  async until(condition: () => unknown): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** Starts a step, and waits until it runs; returns the tap's port. */
  async start(slug: string): Promise<number> {
    const before = this.state.server.status === "none" ? 0 : this.state.server.run;
    this.send({ type: "start", slug });
    await this.until(() => this.state.server.status === "running" && this.state.server.run > before);
    return this.state.tapPort ?? 0;
  }

  async close(): Promise<void> {
    this.socket.close();
    await once(this.socket, "close");
  }

  get problems(): string[] {
    return this.heard.flatMap((message) => (message.type === "problem" ? message.sentence : []));
  }

  frames(): { direction: string; hex: string; cuts: number[] }[] {
    return [...this.entries.values()].flatMap((entry) =>
      entry.kind === "frame"
        ? { direction: entry.direction, hex: Buffer.from(entry.bytes, "base64").toString("hex"), cuts: entry.cuts }
        : [],
    );
  }

  #hear(message: FromLab): void {
    this.heard.push(message);
    if (message.type === "hello" || message.type === "state") this.state = message.state;
    if (message.type === "hello") this.log.push(...message.log.map(({ text }) => text));
    if (message.type === "log") this.log.push(...message.lines.map(({ text }) => text));
    if (message.type === "cleared") this.entries.clear();
    if (message.type === "wire") {
      for (const entry of message.entries) this.entries.set(entry.id, entry);
      this.skipped += message.skipped;
      if (this.acknowledges) this.send({ type: "ack", batch: message.batch });
    }
    this.#wake();
  }
}

async function openPage(lab: Lab): Promise<FakePage> {
  const page = new FakePage(lab.port);
  await page.until(() => page.state);
  return page;
}

describe("the lab and strangers", { timeout: 30_000 }, () => {
  let lab: Lab;
  before(async () => (lab = await startLab({ stepsFolder: `${scratch}/steps`, sitePort: 3000, tapPort: await freePort() })));
  after(() => lab.close());

  const KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: course-lab\r\n";

  /** Sends a request as it stands, and returns the status and all that comes back. */
  async function ask(lines: string, path = "/"): Promise<{ status: string; text: string }> {
    const socket = connect(lab.port, "127.0.0.1");
    let text = "";
    socket.setEncoding("latin1").on("data", (part) => {
      text += part;
      if (text.startsWith("HTTP/1.1 101") && text.includes("\r\n\r\n")) socket.destroy();
    });
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.replaceAll("LAB", String(lab.port))}\r\n`);
    const closed = once(socket, "close");
    await Promise.race([closed, once(socket, "end")]);
    socket.destroy();
    return { status: text.slice(9, 12), text };
  }

  const rows: [title: string, lines: string, status: string, path?: string][] = [
    ["a page of the site", `Host: localhost:LAB\r\nOrigin: ${SITE}\r\n${KEY}`, "101"],
    ["a page of the site by number", `Host: 127.0.0.1:LAB\r\nOrigin: http://127.0.0.1:3000\r\n${KEY}`, "101"],
    ["a page of the site by IPv6", `Host: [::1]:LAB\r\nOrigin: http://[::1]:3000\r\n${KEY}`, "101"],
    ["no Origin", `Host: localhost:LAB\r\n${KEY}`, "403"],
    ["two Origins", `Host: localhost:LAB\r\nOrigin: ${SITE}\r\nOrigin: ${SITE}\r\n${KEY}`, "403"],
    ["an opaque Origin", `Host: localhost:LAB\r\nOrigin: null\r\n${KEY}`, "403"],
    ["a page on another port", `Host: localhost:LAB\r\nOrigin: http://localhost:3001\r\n${KEY}`, "403"],
    ["a page of the tap's or the lab's own port", `Host: localhost:LAB\r\nOrigin: http://localhost:LAB\r\n${KEY}`, "403"],
    ["a page with https", `Host: localhost:LAB\r\nOrigin: https://localhost:3000\r\n${KEY}`, "403"],
    ["a name that only begins like ours", `Host: localhost:LAB\r\nOrigin: http://localhost:3000.evil.example\r\n${KEY}`, "403"],
    ["a foreign site", `Host: localhost:LAB\r\nOrigin: http://evil.example\r\n${KEY}`, "403"],
    ["a foreign name that leads here", `Host: evil.example:LAB\r\nOrigin: http://evil.example:LAB\r\n${KEY}`, "403"],
    ["a foreign name with our Origin", `Host: evil.example:LAB\r\nOrigin: ${SITE}\r\n${KEY}`, "403"],
    ["a Host with another port", `Host: localhost:80\r\nOrigin: ${SITE}\r\n${KEY}`, "403"],
    ["two Hosts", `Host: localhost:LAB\r\nHost: evil.example\r\nOrigin: ${SITE}\r\n${KEY}`, "4"],
    ["an absolute target", `Host: localhost:LAB\r\nOrigin: ${SITE}\r\n${KEY}`, "404", "http://evil.example/"],
    ["another path", `Host: localhost:LAB\r\nOrigin: ${SITE}\r\n${KEY}`, "404", "/log"],
    ["one of our client pages, led here by a stranger", `Host: localhost:LAB\r\nOrigin: ${SITE}\r\n${KEY.replace(/Sec-WebSocket-Protocol.*/, "X: y")}`, "403"],
    ["another subprotocol", `Host: localhost:LAB\r\nOrigin: ${SITE}\r\n${KEY.replace("course-lab", "chat")}`, "403"],
    ["a list of subprotocols", `Host: localhost:LAB\r\nOrigin: ${SITE}\r\n${KEY.replace("course-lab", "chat, course-lab")}`, "403"],
    ["plain HTTP", `Host: localhost:LAB\r\nOrigin: ${SITE}\r\n`, "426"],
    ["a wrong version", `Host: localhost:LAB\r\nOrigin: ${SITE}\r\n${KEY.replace("13", "8")}`, "426"],
  ];
  for (const [title, lines, expected, path] of rows) {
    test(`${title}: ${expected}`, async () => {
      const { status, text } = await ask(lines, path);
      assert.ok(status.startsWith(expected), text);
      assert.doesNotMatch(text, /access-control/i);
    });
  }

  test("garbage gets a sentence, and breaks nothing", async () => {
    const page = await openPage(lab);
    const garbage = ["{", "[]", "null", '{"type":"start"}', '{"type":"start","slug":"../../etc"}', '{"type":"start","slug":"no-server"}', '{"type":"start","slug":"constructor"}', '{"type":"start-client"}'];
    for (const text of garbage) page.socket.send(text);
    page.socket.send(Buffer.from("binary"));
    await page.until(() => page.problems.length === garbage.length + 1);
    for (const sentence of page.problems) assert.match(sentence, /^[A-Z].*\.$/);
    assert.equal(page.state.server.status, "none");
    await page.close();
  });

  test("a message that is too long, and broken frames, end only the one who sends them", async () => {
    const page = await openPage(lab);
    const rude = await openPage(lab);
    rude.socket.send("x".repeat(65 * 1024));
    const [code] = await once(rude.socket, "close");
    assert.equal(code, 1009);
    page.socket.send("{");
    await page.until(() => page.problems.length === 1);
    await page.close();
  });

  test("a refused client can send to its end, and gets its answer", async () => {
    const socket = connect(lab.port, "127.0.0.1");
    socket.write(`GET / HTTP/1.1\r\nHost: evil.example\r\n${KEY}\r\n`);
    let answer = "";
    socket.setEncoding("latin1").on("data", (part) => (answer += part));
    // More than the buffers of both sides take if nobody reads. A reset would be an error here.
    socket.end(Buffer.alloc(32 * 1024 * 1024));
    await once(socket, "finish");
    assert.match(answer, /^HTTP\/1\.1 403 /);
    await once(socket, "close");
  });

  test("takes 64 connections at a time", async () => {
    const clients = Array.from({ length: 65 }, () => connect(lab.port, "127.0.0.1").on("error", () => {}));
    await Promise.race(clients.map((client) => new Promise<void>((resolve) => void client.once("close", () => resolve()))));
    assert.equal(clients.filter(({ destroyed }) => destroyed).length, 1);
    await Promise.all(clients.map((client) => client.destroyed || once(client.destroy(), "close")));
  });

  test("takes 16 pages at a time, and counts them", async () => {
    const pages = await Promise.all(Array.from({ length: 16 }, () => openPage(lab)));
    await pages[0]?.until(() => pages[0]?.state.pages === 16);
    const [late] = await once(new WebSocket(`ws://localhost:${lab.port}/`, LAB_PROTOCOL, { origin: SITE }), "unexpected-response").then(([, response]) => [response]);
    assert.equal(late.statusCode, 503);
    late.destroy();
    for (const page of pages.slice(1)) page.socket.terminate();
    await pages[0]?.until(() => pages[0]?.state.pages === 1);
    await pages[0]?.close();
  });
});

test("finds another port when somebody takes the free one first", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const ports = [(taken.address() as AddressInfo).port, await freePort()];
  const lab = await startLab({ stepsFolder: `${scratch}/steps`, sitePort: 3000, findPort: async () => ports.shift() ?? 0 });
  assert.equal(ports.length, 0);
  const page = await openPage(lab);
  await page.close();
  await lab.close();
  taken.close();
});

describe("the runner", { timeout: 30_000 }, () => {
  const log = new Log(() => wake());
  const recorder = new Recorder({ onChange() {}, onDrop() {}, onClear() {} });
  let wake = (): void => {};
  let runner: Runner;
  afterEach(() => runner.stop());

  async function make(more: Partial<RunnerOptions> = {}): Promise<void> {
    runner = new Runner({ stepsFolder: `${scratch}/steps`, tapPort: await freePort(), origins: [SITE], recorder, log, onChange: () => wake(), ...more });
  }

  async function until(condition: () => unknown): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
  }

  test("a tap that is there too late is closed again", async () => {
    let port = 0;
    let isOpened: () => void = () => {};
    const opened = new Promise<void>((resolve) => (isOpened = resolve));
    await make({
      listen: async (options) => {
        const tap = await Tap.listen(options);
        port = options.port;
        await runner.stop();
        isOpened();
        return tap;
      },
    });
    await runner.start("calm");
    await opened;
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await isPortAnswering(port), false);
    assert.equal(runner.server.status, "ended");
  });

  test("what is still open through the old tap is cut when another server starts", async () => {
    let cuts = 0;
    await make({
      listen: async (options) => {
        const tap = await Tap.listen(options);
        const close = tap.close.bind(tap);
        // A client whose server is gone hears of the cut only when it writes, so we look from here.
        tap.close = () => {
          cuts += 1;
          close();
        };
        return tap;
      },
    });
    await runner.start("calm");
    await until(() => runner.server.status === "running");
    await runner.stop();
    assert.equal(cuts, 0);
    await runner.start("calm");
    assert.equal(cuts, 1);
  });

  test("somebody else who listens on its port is not taken for the step", async () => {
    await make({ patience: 0 });
    const lines = log.lastId;
    await runner.start("elsewhere");
    await until(() => log.after(lines).some(({ text }) => text.includes("listens on no port")) && log.after(lines).some(({ text }) => text === "listens"));
    assert.equal(runner.server.status, "starting");
  });

  test("of a thousand wishes, at most one waits", async () => {
    await make();
    const lines = log.lastId;
    const promises = new Set(Array.from({ length: 1000 }, (_, index) => runner.start(index % 2 === 0 ? "stubborn" : "calm")));
    assert.equal(promises.size, 1);
    await Promise.all(promises);
    assert.deepEqual(log.after(lines).map(({ text }) => text).filter((text) => /^Step/.test(text)), ["Step 04 starts"]);
  });
});

describe("the lab and programs", { timeout: 60_000 }, () => {
  let lab: Lab;
  let page: FakePage;
  let tapPort = 0;
  before(async () => {
    tapPort = await freePort();
    lab = await startLab({ stepsFolder: `${scratch}/steps`, sitePort: 3000, tapPort, patience: 1000 });
    page = await openPage(lab);
  });
  after(() => lab.close());

  test("hello names the steps that can be started, and who serves", () => {
    const [hello] = page.heard;
    assert.ok(hello?.type === "hello");
    assert.deepEqual(hello.steps.map(({ slug, hasClient }) => [slug, hasClient]), [
      ["crash", false],
      ["deaf", false],
      ["flood", false],
      ["calm", true],
      ["stubborn", false],
      ["elsewhere", false],
    ]);
    assert.match(hello.servedBy.slug, /^[a-z0-9-]+$/);
  });

  test("a crash shows its stack, and ended by itself", async () => {
    page.send({ type: "start", slug: "crash" });
    await page.until(() => page.state.server.status === "ended");
    const { server } = page.state;
    assert.ok(server.status === "ended");
    assert.deepEqual([server.why, server.code, server.signal], ["itself", 1, null]);
    await page.until(() => page.log.some((line) => line.includes("Error: on purpose")));
    assert.ok(page.log.some((line) => /^\s+at .*server\.ts/.test(line)));
  });

  test("a server that never listens: a sentence, and it can be stopped", async () => {
    // A slow machine may have said it of the step before.
    const before = page.log.length;
    page.send({ type: "start", slug: "deaf" });
    await page.until(() => page.state.server.status === "starting" && page.log.slice(before).some((line) => line.includes("listens on no port")));
    const { server } = page.state;
    assert.equal(server.status, "starting");
    page.send({ type: "stop" });
    await page.until(() => page.state.server.status === "ended");
    const stopped = page.state.server as ProgramState;
    assert.ok(stopped.status === "ended" && stopped.why === "asked");
  });

  test("a flood of output does not freeze the lab", async () => {
    await page.start("flood");
    await page.until(() => page.log.some((line) => line.includes("left out")));
    const begin = performance.now();
    page.send({ type: "stop" });
    await page.until(() => page.state.server.status === "ended");
    assert.ok(performance.now() - begin < 5000);
    const most = page.heard.map((message) => (message.type === "log" ? message.lines.length : 0));
    assert.ok(Math.max(...most) <= 500);
  });

  test("runs on its port with the site's origins, reachable on loopback only, with a client", async () => {
    assert.equal(await page.start("calm"), tapPort);
    assert.equal(page.state.tapMoved, false);
    await page.until(() => page.log.some((line) => /^pid \d+ http:\/\/localhost:3000 http:\/\/127\.0\.0\.1:3000 http:\/\/\[::1\]:3000$/.test(line)));
    const { server } = page.state;
    assert.ok(server.status === "running");
    const outside = Object.values(networkInterfaces()).flat().find((one) => one?.family === "IPv4" && !one.internal);
    for (const port of outside ? [tapPort, server.port, lab.port] : []) {
      const stranger = connect({ port, host: outside?.address ?? "", timeout: 2000 });
      const outcome = await new Promise((resolve) => {
        for (const event of ["connect", "error", "timeout"]) stranger.once(event, () => resolve(event));
      });
      stranger.destroy();
      assert.notEqual(outcome, "connect", `port ${port}`);
    }

    page.send({ type: "start-client" });
    await page.until(() => page.log.includes("client is done"));
    await page.until(() => page.state.client.status === "ended");
    await page.until(() => page.entries.size >= 4);
    const [first] = page.entries.values();
    assert.equal(first?.connection, 1);
  });

  test("killed from outside: the signal is told, and the port is free", async () => {
    const pid = Number(/^pid (\d+)/.exec(page.log.findLast((line) => line.startsWith("pid")) ?? "")?.[1]);
    process.kill(pid, "SIGKILL");
    await page.until(() => page.state.server.status === "ended");
    const { server } = page.state;
    assert.ok(server.status === "ended");
    assert.deepEqual([server.why, server.signal], ["itself", "SIGKILL"]);
    assert.equal(page.state.tapPort, undefined);
    assert.equal(await isPortAnswering(tapPort), false);
  });

  test("another start replaces; of many at once, the last wins; one that ignores SIGTERM goes, too", async () => {
    await page.start("stubborn");
    for (const slug of ["calm", "crash", "deaf", "flood", "crash", "calm"]) page.send({ type: "start", slug });
    await page.until(() => page.state.server.status === "running" && page.state.server.slug === "calm");
    const slugs = page.heard.flatMap((message) => (message.type === "state" && message.state.server.status !== "none" ? message.state.server.slug : []));
    assert.equal(slugs.slice(slugs.lastIndexOf("stubborn")).includes("flood"), false);
    const socket = connect(tapPort, "127.0.0.1");
    socket.write("hi");
    await once(socket, "data");
    socket.destroy();
  });

  test("two pages see the same; a page that comes later gets what is kept", async () => {
    const other = await openPage(lab);
    // Either may be the one that hears of the last entry later.
    const isLevel = () => other.entries.size === page.entries.size && other.entries.size > 0;
    await Promise.race([other.until(isLevel), page.until(isLevel)]);
    assert.deepEqual(other.state.server, page.state.server);
    assert.deepEqual(other.state.pages, 2);
    other.send({ type: "rechunk", direction: "to-client", mode: "delay" });
    await page.until(() => page.state.rechunk["to-client"] === "delay");
    other.send({ type: "rechunk", direction: "to-client", mode: "as-is" });
    other.send({ type: "clear" });
    await page.until(() => page.entries.size === 0 && page.heard.some(({ type }) => type === "cleared"));
    await other.close();
    await page.until(() => page.state.pages === 1);
    assert.equal(page.state.server.status, "running");
  });

  test("a busy port: the tap moves, and says so", async () => {
    page.send({ type: "stop" });
    await page.until(() => page.state.server.status === "ended");
    const busy = createServer().listen(tapPort, "127.0.0.1");
    await once(busy, "listening");
    assert.notEqual(await page.start("calm"), tapPort);
    assert.equal(page.state.tapMoved, true);
    busy.close();
  });

  test("close() stops the program", async () => {
    const pid = Number(/^pid (\d+)/.exec(page.log.findLast((line) => line.startsWith("pid")) ?? "")?.[1]);
    await lab.close();
    assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  });
});

describe("the lab and the course's own steps", { timeout: 60_000 }, () => {
  let lab: Lab;
  let page: FakePage;
  before(async () => {
    lab = await startLab({ stepsFolder: `${courseRoot}/steps`, sitePort: 3000, tapPort: await freePort() });
    page = await openPage(lab);
  });
  after(() => lab.close());

  /** Sends ten messages at once, and returns how many of them come back within a while. */
  async function burst(port: number): Promise<WebSocket> {
    const client = new WebSocket(`ws://localhost:${port}/`, { perMessageDeflate: false });
    await once(client, "open");
    for (let i = 0; i < 10; i += 1) client.send(`message ${i}`);
    return client;
  }

  test("step 08 echoes through the tap, and each frame is seen", async () => {
    const client = new WebSocket(`ws://localhost:${await page.start("byte-stream")}/`, { perMessageDeflate: false });
    await once(client, "open");
    client.send("Hello");
    const [answer] = await once(client, "message");
    assert.equal(String(answer), "Hello");
    await page.until(() => page.frames().length === 2);
    const [sent, echo] = page.frames();
    assert.match(sent?.hex ?? "", /^8185[0-9a-f]{18}$/);
    assert.deepEqual(echo, { direction: "to-client", hex: "810548656c6c6f", cuts: [0] });
    const heads = [...page.entries.values()].filter((entry) => entry.kind === "head");
    assert.deepEqual(heads.map(({ direction, complete }) => [direction, complete]), [["to-server", true], ["to-client", true]]);
    client.terminate();
  });

  test("byte by byte, step 08 still echoes", async () => {
    const port = await page.start("byte-stream");
    const client = new WebSocket(`ws://localhost:${port}/`, { perMessageDeflate: false });
    await once(client, "open");
    page.send({ type: "rechunk", direction: "to-server", mode: "bytes" });
    await page.until(() => page.state.rechunk["to-server"] === "bytes");
    client.send("Hello");
    await once(client, "message");
    await page.until(() => page.frames().length === 2);
    assert.deepEqual(page.frames()[0]?.cuts, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    client.terminate();
  });

  for (const [slug, expected] of [["payload-lengths", 1], ["byte-stream", 10]] as const) {
    test(`gathered, ${slug} answers ${expected} of 10`, async () => {
      page.send({ type: "rechunk", direction: "to-server", mode: "as-is" });
      const client = await (async () => {
        const port = await page.start(slug);
        page.send({ type: "rechunk", direction: "to-server", mode: "gather" });
        await page.until(() => page.state.rechunk["to-server"] === "gather");
        return burst(port);
      })();
      let answers = 0;
      client.on("message", () => (answers += 1));
      // A last frame in a chunk of its own: when its echo is here, the others would be, too.
      await once(client, "message");
      page.send({ type: "rechunk", direction: "to-server", mode: "as-is" });
      await page.until(() => page.state.rechunk["to-server"] === "as-is");
      client.send("last");
      await new Promise<void>((resolve) => client.on("message", (data) => String(data) === "last" && resolve()));
      assert.equal(answers - 1, expected);
      client.terminate();
    });
  }

  test("a page that does not acknowledge gets one batch, and later hears how many it has missed", async () => {
    const port = await page.start("byte-stream");
    page.send({ type: "clear" });
    await page.until(() => page.entries.size === 0);
    page.acknowledges = false;
    page.skipped = 0;
    const client = new WebSocket(`ws://localhost:${port}/`, { perMessageDeflate: false });
    await once(client, "open");
    await page.until(() => page.entries.size > 0);
    const batches = () => page.heard.filter((message) => message.type === "wire").length;
    const before = batches();
    let answers = 0;
    const all = new Promise<void>((resolve) => client.on("message", () => (answers += 1) === 2000 && resolve()));
    for (let i = 0; i < 2000; i += 1) client.send("x");
    await all;
    assert.equal(batches(), before);
    page.acknowledges = true;
    const last = page.heard.findLast((message) => message.type === "wire");
    assert.ok(last);
    page.send({ type: "ack", batch: last.batch });
    // An event, two heads, and the frames there and back: all of them are shown or counted.
    await page.until(() => page.entries.size + page.skipped === 3 + 4000);
    assert.ok(page.skipped >= 3000 && page.skipped <= 3003, `${page.skipped}`);
    client.terminate();
  });
});

