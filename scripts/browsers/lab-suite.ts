import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { startLab, type Lab } from "../lab/server.ts";
import { freePort } from "../lib/ports.ts";
import { scratchFolder } from "../lib/scratch.ts";
import { stepsFolder } from "../lib/steps.ts";
import type { BrowserName } from "./browsers.ts";
import { LabPage } from "./lab-page.ts";
import { isMissing, startVisit, type Visit } from "./visit.ts";

// The lab, on the pages of the lessons, with the real tap and real steps behind it.

const limit = { timeout: 60_000 };
const NO_LAB = '{"port":null}';

/** A server that throws at the first handshake, or that never answers one. It prints its process. */
const scratchServer = (onUpgrade: string): string => `
import http from "node:http";
const server = http.createServer();
server.on("upgrade", () => { ${onUpgrade} });
server.listen(Number(process.env.PORT), () => console.log("pid " + process.pid));
`;

/** Declares the tests of the lab in this browser: all, or those alone that go through most of it. */
export function declareLab(name: BrowserName, { quick = false } = {}): void {
  const skip = isMissing(name);
  let visit: Visit;
  let lab: Lab | undefined;
  let tapPort = 0;
  const pages: LabPage[] = [];

  before(async () => {
    if (skip === false) visit = await startVisit(name);
  }, limit);

  after(async () => {
    await Promise.allSettled([lab?.close(), visit?.end()]);
  }, limit);

  /** A test that the quick suite does without. */
  const testInFull = (title: string, options: object, run: () => Promise<void>): void => {
    if (!quick) void test(title, options, run);
  };

  describe(`${name}: the lab`, { skip }, () => {
    // A page that still connects would hold up the next one in Firefox.
    afterEach(closePages);

    test("a lesson, from the front page to the next lesson", limit, async () => {
      await withLab();
      const here = await open("index.html");
      await follow(here, 'a[href="steps/byte-stream/index.html"], a[href="steps/byte-stream/"]');
      await here.says("Run this step here");
      await here.press("Run");
      await here.says(`The server runs: ws://localhost:${tapPort}.`);
      const client = await here.client("OPEN");
      await (await client.waitForSelector("#send"))!.click();
      await here.row({ kind: "frame", direction: "to-client", name: "text", preview: "Websockets are great", notes: "FIN · 20 bytes" });
      const sent = await here.row({ kind: "frame", direction: "to-server", name: "text", preview: "Websockets are great" });
      assert.match(await here.detail(sent), /26 bytes/);
      const [first, length, ...rest] = (await here.openBytes()).split(" ").map((byte) => Number.parseInt(byte, 16));
      assert.deepEqual([first, length], [0x81, 0x94]);
      const payload = rest.slice(4).map((byte, index) => byte ^ rest[index % 4]!);
      assert.equal(Buffer.from(payload).toString(), "Websockets are great");
      await here.until(`document.querySelector(".lab-lines").textContent.includes("Received a frame with opcode 1, 20 bytes")`, "the log");
      const heads = (await here.rows()).filter(({ kind }) => kind === "head").map(({ preview }) => preview);
      assert.deepEqual(heads, ["GET / HTTP/1.1", "HTTP/1.1 101 Switching Protocols"]);
      await here.press("Stop");
      await here.says("The server is stopped.");
      await here.client("CLOSED");
      await follow(here, 'main a[rel="next"]');
      await here.says("Run this step here");
      assert.match(here.page.url(), /steps\/control-frames\//);
      assert.ok(await isOpen(here), "the lab stays open from lesson to lesson");
    });

    test("the wire view shows known bytes", limit, async () => {
      await withLab();
      const here = await run("control-frames", "The server runs");
      const socket = await shakeHands();
      await here.row({ name: "response" });

      await write(socket, hex("81 85 00 00 00 00 48 65 6c 6c 6f"));
      await here.row({ name: "text", direction: "to-server", preview: "Hello", notes: "FIN · MASK · 5 bytes" });

      // A frame in three chunks grows in place.
      const parts = [hex("01"), hex("84 01 02 03"), hex("04 60 60 60 60")];
      await write(socket, parts[0]!);
      await here.row({ name: "text", notes: "not yet complete" });
      await write(socket, parts[1]!);
      await here.row({ name: "text", notes: "MASK · 4 bytes · in 2 chunks · not yet complete" });
      await write(socket, parts[2]!);
      const grown = await here.row({ name: "text", preview: "abcd", notes: "MASK · 4 bytes · in 3 chunks" });
      assert.match(await here.detail(grown), /A chunk begins at bytes 1, 5\./);

      // A ping between the fragments, and the last fragment in the same chunk.
      await write(socket, hex("89 81 00 00 00 00 70 80 81 00 00 00 00 65"));
      await here.row({ name: "ping", preview: "p", notes: "FIN · MASK · 1 byte" });
      await here.row({ name: "continuation", preview: "e", notes: "FIN · MASK · 1 byte · same chunk as before" });
      await here.row({ name: "pong", direction: "to-client", preview: "p" });
      assert.match(await here.detail(await here.row({ name: "continuation" })), /begins inside a chunk/);

      // Markup is text, whoever sends it.
      await write(socket, Buffer.concat([hex("81 9c 00 00 00 00"), Buffer.from("<img src=x onerror=alert(1)>")]));
      await here.row({ direction: "to-server", preview: "<img src=x onerror=alert(1)>" });
      assert.equal(await here.page.evaluate(`document.querySelectorAll("ws-lab img").length`), 0);

      // A frame that breaks a rule, on a connection of its own, and bytes that are no frame.
      const broken = await shakeHands();
      await write(broken, hex("81 02 48 69"));
      const unmasked = await here.row({ name: "text", preview: "Hi" });
      const [rule] = (await here.rows()).filter(({ preview }) => preview === "Hi").map(({ problem }) => problem);
      assert.match(rule ?? "", /^1002: /);
      assert.match(await here.detail(unmasked), /RFC 6455, section 5\.1/);
      const raw = await shakeHands();
      await write(raw, Buffer.from("Hi there"));
      await here.row({ kind: "raw", preview: "Hi there" });
      assert.match(await here.detail(await here.row({ kind: "raw" })), /48 69 20 74 68 65 72 65\s+Hi there/);
      for (const one of [socket, broken, raw]) one.destroy();
    });

    testInFull("pause, step, filter and clear", limit, async () => {
      await withLab();
      const here = await run("byte-stream", "The server runs");
      await here.client("OPEN");
      const socket = await shakeHands();
      await here.until(`document.querySelectorAll("li.wire-head").length === 4`, "two handshakes");
      await here.press("Pause");
      await write(socket, hex("82 81 00 00 00 00 61"));
      await write(socket, hex("82 81 00 00 00 00 62"));
      await here.until(`/the traffic goes on/.test(document.querySelector(".wire-notice").textContent)`, "what Pause stops");
      await here.until(`/· 2 wait/.test(document.querySelector(".wire-status").textContent)`, "2 wait");
      assert.deepEqual(await names(here), ["request", "response", "request", "response"]);

      await here.press("Step");
      await here.row({ name: "binary", preview: "61" });
      assert.equal(await here.openBytes(), "82 81 00 00 00 00 61");
      await here.page.focus(".wire-reading-bar button");
      await here.page.keyboard.press("ArrowRight");
      await here.row({ name: "binary", preview: "62" });
      await here.page.keyboard.press("ArrowLeft");
      await here.until(`[...document.querySelectorAll(".wire-list .wire-preview")].at(-1).textContent === "61"`, "one step back");
      assert.match(here.page.url(), /byte-stream/, "the arrow keys must not turn the lesson's page");
      await here.press("Go on");
      await here.row({ name: "binary", preview: "62" });

      await here.page.select('[aria-label="What to show"]', "frames");
      await here.until(`document.querySelectorAll(".wire-list > li").length === 2`, "the two frames");
      await here.press("Clear");
      await here.until(`document.querySelectorAll(".wire-list > li").length === 0`, "an empty list");
      await write(socket, hex("82 81 00 00 00 00 63"));
      await here.row({ name: "binary", preview: "63" });
      socket.destroy();
    });

    testInFull("a recording is saved, and opened again without a lab", limit, async () => {
      await withLab();
      const here = await run("byte-stream", "The server runs");
      const socket = await shakeHands();
      await write(socket, hex("82 81 00 00 00 00 61"));
      await here.row({ name: "binary", preview: "61" });
      await here.page.evaluate(`(() => {
        const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => { window.saved = blob.text(); return make.call(URL, blob); };
      })()`);
      await here.unfoldMenu();
      await here.press("Save");
      const saved = (await here.page.evaluate(`window.saved`)) as string;
      const before = await here.rows();
      socket.destroy();

      await withoutLab();
      const folder = scratchFolder({ "wire.json": saved, "other.json": '{"format":"else"}' });
      const there = await open("steps/echo/index.html");
      await there.says("The lab is not running");
      await there.press("Open a recording");
      await upload(there, join(folder, "other.json"));
      await there.until(`/is no recording/.test(document.querySelector(".wire-notice").textContent)`, "a sentence about the file");
      await upload(there, join(folder, "wire.json"));
      await there.row({ name: "binary", preview: "61" });
      assert.deepEqual(await there.rows(), before);
      assert.match(await text(there, ".wire-notice"), /A recording of the step byte-stream, from the file wire\.json/);
      await there.detail(await there.row({ name: "binary" }));
      assert.equal(await there.openBytes(), "82 81 00 00 00 00 61");
      await there.press("Back to live");
      await there.until(`document.querySelectorAll(".wire-list > li").length === 0`, "an empty list");
    });

    testInFull("the lab stays open over a reload, and a page that was left has left the lab", limit, async () => {
      await withLab();
      const here = await run("byte-stream", "The server runs");
      await here.client("OPEN");
      await here.page.reload();
      await here.client("OPEN");
      assert.ok(await isOpen(here));
      await here.page.goto(`${visit.site.origin}/steps/echo/index.html`);
      await here.press("Run step 06");
      await here.says(/The server runs: ws:\/\/localhost:\d+\.$/);
      await here.page.goBack();
      await here.press("Run step 08");
      await here.says(/The server runs: ws:\/\/localhost:\d+\.$/);
      await here.press("Close");
      await here.page.reload();
      await here.says("The server runs");
      assert.equal(await isOpen(here), false);
    });

    testInFull("the embedded page's log is followed, and one clock counts for all", limit, async () => {
      await withLab();
      const here = await run("byte-stream", "The server runs");
      const client = await here.client("OPEN");
      for (let sent = 0; sent < 20; sent += 1) await client.evaluate(`document.querySelector("#send").click()`);
      await client.waitForFunction(`document.querySelectorAll("#log li").length === 42`);
      await client.waitForFunction(
        `(() => { const { scrollHeight, scrollTop, clientHeight } = document.querySelector("#log").parentElement; return scrollTop > 0 && scrollHeight - scrollTop - clientHeight < 2; })()`,
      );
      (await shakeHands()).destroy();
      await here.row({ kind: "event", preview: "The client opened the TCP connection." });
      const times = `[...document.querySelectorAll(".wire-list .wire-time")].map(({ textContent }) => Number(textContent))`;
      await here.press("Clear");
      await (await shakeHands()).destroy();
      await here.row({ name: "request" });
      const [first = 0, ...rest] = (await here.page.evaluate(times)) as number[];
      assert.ok(first > 0, "the clock goes on over Clear");
      assert.deepEqual(rest, [...rest].sort((one, other) => one - other));
    });

    testInFull("a 101 that browsers refuse is marked, and raw text is no error before frames are taught", limit, async () => {
      await withLab();
      const here = await run("switching-protocols", "The server runs");
      await here.client("CLOSED");
      const refused = await here.row({
        name: "response",
        problem: "Browsers fail the connection here: Sec-WebSocket-Accept is missing.",
      });
      assert.match(await here.detail(refused), /RFC 6455, section 4\.1/);
      await here.press("All entries");
      await here.press("Run client.ts");
      const raw = await here.row({ kind: "raw", problem: "" });
      assert.match(await here.detail(raw), /^These bytes are no frame/);
      assert.ok(await here.page.evaluate(`document.querySelector(".lab-page").offsetParent === null`), "who reads has the whole room");
      await here.page.keyboard.press("Escape");
      await here.until(`document.querySelector(".lab-page").offsetParent !== null`, "the page again");
    });

    testInFull("on a phone, page and wire are in view together", limit, async () => {
      await withLab();
      const here = await open("steps/byte-stream/index.html");
      await here.page.setViewport({ width: 390, height: 844 });
      await here.press("Run");
      await here.says("The server runs");
      const client = await here.client("OPEN");
      await client.evaluate(`document.querySelector("#send").click()`);
      await here.row({ name: "text", direction: "to-client" });
      const inView = (selector: string): string =>
        `(({ top, bottom }) => top >= 0 && bottom <= innerHeight + 1)([...document.querySelectorAll(${JSON.stringify(selector)})].at(-1).getBoundingClientRect())`;
      for (const selector of [".lab-sentence", ".lab-frame", ".wire-list > li"]) {
        await here.until(inView(selector), `${selector} in view`);
      }
    });

    test("no lab, a lab that comes, one that goes and comes back", limit, async () => {
      await withoutLab();
      const here = await open("steps/byte-stream/index.html");
      await here.says("The lab is not running");
      assert.match(await text(here, "ws-lab"), /npm run step 8/);
      await withLab();
      // By itself: nobody presses "Look again".
      await here.says("Run this step here");
      assert.match(await text(here, ".lab-served"), /served by the code of step \d\d\./);
      await lab!.close();
      await here.says("The lab does not answer any more.");
      await withLab();
      await here.says("Run this step here");
    });

    test("a crash, and a server killed from outside", limit, async () => {
      const folder = scratchFolder({
        "package.json": '{"type":"module"}',
        "steps/08-byte-stream/server.ts": scratchServer('throw new Error("a bug in the step");'),
        "steps/09-control-frames/server.ts": scratchServer(""),
      });
      await withLab(join(folder, "steps"));
      const here = await run("byte-stream", "The server crashed, with exit code 1. The log shows its stack.");
      await here.until(`document.querySelector(".lab-lines").textContent.includes("Error: a bug in the step")`, "the stack");
      assert.match(await text(here, ".lab-lines .is-err"), /server, error/);
      const [, crashed = ""] = /pid (\d+)/.exec(await text(here, ".lab-lines")) ?? [];
      await here.page.goto(`${visit.site.origin}/steps/accept-key/index.html`);
      await here.says("The lab does not know this step.");

      const killed = await run("control-frames", "The server runs");
      // The log may begin with what the one before has said.
      const pids = `[...document.querySelector(".lab-lines").textContent.matchAll(/pid (\\d+)/g)].map(([, pid]) => pid)`;
      await killed.until(`${pids}.some((pid) => pid !== "${crashed}")`, "its pid");
      const [, pid] = /pid (\d+)(?!.*pid)/s.exec(await text(killed, ".lab-lines")) ?? [];
      process.kill(Number(pid), "SIGKILL");
      await killed.says("The server was killed from outside the lab, with SIGKILL.");
      await killed.press("Run again");
      await killed.says("The server runs");
    });

    test("two pages of a lesson share it, and another lesson replaces it", limit, async () => {
      await withLab();
      const one = await run("byte-stream", "The server runs");
      const two = await open("steps/byte-stream/index.html");
      await two.says("2 pages share it.");
      await one.says("2 pages share it.");
      const other = await open("steps/echo/index.html");
      await other.says("Step 08 runs now.");
      await other.press("Run step 06");
      await other.says("The server runs");
      await one.says("Step 06 runs now.");
      await one.press("Run step 08");
      await one.says("The server runs");
      await other.says("Step 08 runs now");
    });

    testInFull("port 8000 is busy", limit, async () => {
      await withLab();
      const squatter = await squat(tapPort);
      const here = await run("byte-stream", /The server runs: ws:\/\/localhost:\d+\. Port 8000 is busy/);
      await here.client("OPEN");
      squatter.close();
    });

    testInFull("a step with a client of its own, and the stream cut otherwise", limit, async () => {
      await withLab();
      const here = await run("switching-protocols", "The server runs");
      await here.press("Run client.ts");
      await here.until(`document.querySelector(".lab-lines .from-client") !== null`, "what the client prints");
      await here.row({ kind: "raw" });

      await here.page.goto(`${visit.site.origin}/steps/byte-stream/index.html`);
      await here.press("Run step 08");
      await here.says("The server runs");
      const socket = await shakeHands();
      await here.row({ name: "response" });
      await here.page.select(".wire-rechunk label:nth-of-type(1) select", "bytes");
      await here.until(`/Each byte is a chunk/.test(document.querySelector(".wire-effect").textContent)`, "what it does");
      await here.until(`document.querySelector(".wire-rechunk select").value === "bytes"`, "the choice");
      await write(socket, hex("82 83 00 00 00 00 61 62 63"));
      await here.row({ name: "binary", notes: "FIN · MASK · 3 bytes · in 9 chunks" });
      socket.destroy();
    });

    testInFull("3,000 frames as fast as they go", limit, async () => {
      await withLab();
      const here = await run("byte-stream", "The server runs");
      await here.client("OPEN");
      await here.row({ name: "response" });
      await here.press("Clear");
      await here.until(`document.querySelectorAll(".wire-list > li").length === 0`, "an empty list");
      await here.page.evaluate(`(() => {
        window.pictures = 0;
        const count = () => { window.pictures += 1; requestAnimationFrame(count); };
        requestAnimationFrame(count);
      })()`);
      const socket = await shakeHands();
      const frame = hex("82 81 00 00 00 00 61");
      for (let sent = 0; sent < 3000; sent += 100) await write(socket, Buffer.concat(Array<Buffer>(100).fill(frame)));
      await write(socket, hex("82 81 00 00 00 00 7a"));
      await here.row({ name: "binary", preview: "7a" });
      // Opening, request, response, and the frames.
      await here.until(
        `(({ shown, dropped }) => Number(shown) + Number(dropped) === 3004)(document.querySelector(".wire-status").dataset)`,
        "every frame shown or counted",
      );
      const { shown } = await here.counts();
      assert.ok(shown <= 1000, `${shown} are shown`);
      // Who scrolls up comes to the oldest that is kept.
      await here.until(
        `(() => { const box = document.querySelector(".wire-scroll"); box.scrollTop = 0; return document.querySelectorAll(".wire-list > li").length === ${shown}; })()`,
        "all rows",
      );
      assert.ok(((await here.page.evaluate(`window.pictures`)) as number) > 5, "the page has not drawn while they came");
      socket.destroy();
    });
  });

  async function withLab(folder = stepsFolder): Promise<void> {
    await lab?.close();
    tapPort = await freePort();
    lab = await startLab({ stepsFolder: folder, sitePort: Number(new URL(visit.site.origin).port), tapPort });
    writeFileSync(join(visit.site.folder, "lab.json"), JSON.stringify({ port: lab.port }));
  }

  async function withoutLab(): Promise<void> {
    await lab?.close();
    lab = undefined;
    writeFileSync(join(visit.site.folder, "lab.json"), NO_LAB);
  }

  async function open(path: string): Promise<LabPage> {
    const page = await LabPage.open(visit.browser, `${visit.site.origin}/${path}`);
    pages.push(page);
    return page;
  }

  /** Opens a lesson, and runs its step. */
  async function run(slug: string, sentence: string | RegExp): Promise<LabPage> {
    const page = await open(`steps/${slug}/index.html`);
    await page.press("Run");
    await page.says(sentence);
    return page;
  }

  async function closePages(): Promise<void> {
    const closings = await Promise.allSettled(pages.splice(0).map((page) => page.close()));
    for (const closing of closings) if (closing.status === "rejected") throw closing.reason;
  }

  /** A connection of our own, through the tap, after its handshake. */
  async function shakeHands(): Promise<Socket> {
    const socket = connect({ port: tapPort, host: "127.0.0.1", noDelay: true });
    socket.on("error", () => {});
    socket.write(
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await once(socket, "data");
    return socket;
  }
}

const hex = (bytes: string): Buffer => Buffer.from(bytes.replaceAll(" ", ""), "hex");

/** Writes a chunk, and waits until the system has it. */
function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => void socket.write(bytes, () => resolve()));
}

/** Whether page, wire and log can be seen. */
async function isOpen(page: LabPage): Promise<boolean> {
  return (await page.page.evaluate(`!document.querySelector(".lab-panes").hidden`)) as boolean;
}

async function names(page: LabPage): Promise<string[]> {
  const rows = await page.rows();
  return rows.filter(({ kind }) => kind !== "event").map(({ name }) => name);
}

async function text(page: LabPage, selector: string): Promise<string> {
  return (await page.page.evaluate(`document.querySelector(${JSON.stringify(selector)}).textContent`)) as string;
}

async function follow(page: LabPage, selector: string): Promise<void> {
  await page.find(selector);
  await Promise.all([page.page.waitForNavigation(), page.page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`)]);
}

async function upload(page: LabPage, file: string): Promise<void> {
  // The wire view is loaded when it is first needed.
  const input = await page.page.waitForSelector('ws-lab input[type="file"]');
  assert.ok(input);
  await (input as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(file);
}

async function squat(port: number): Promise<Server> {
  const server = createServer((socket) => void socket.destroy());
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}
