import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, renameSync } from "node:fs";
import { request } from "node:http";
import { connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import { freePort, isPortBusy } from "./lib/ports.ts";
import { LAB_PROTOCOL, type LabAddress } from "./lab/messages.ts";
import { runScript, scratchFolder, startScript, writeScratch, type Command } from "./lib/scratch.ts";

const root = scratchFolder({
  "package.json": '{ "secret": true }',
  "steps/01-first/README.md": "# 01: First\n\nThe first lesson.\n",
  "steps/01-first/client.html": "<title>client</title>",
});
const noSignals = process.platform === "win32" && "Windows cannot send SIGINT to another process";

describe("npm start, running", { timeout: 60_000 }, () => {
  let port = 0;
  let labPort = 0;
  let site: Command;

  before(async () => {
    port = await freePort();
    site = startScript("start.ts", ["--port", String(port)], { root });
    await site.printed("\n");
  });

  const get = (path: string, host = "localhost"): Promise<Response> =>
    fetch(`http://${host}:${port}${path}`, { redirect: "manual" });

  /** Asks again until the page holds the text; the test's time limit ends it. */
  const until = async (path: string, condition: (text: string) => boolean): Promise<void> => {
    while (!condition(await (await get(path)).text())) await sleep(20);
  };

  test("serves the index on 127.0.0.1 and on localhost", async () => {
    for (const host of ["127.0.0.1", "localhost"]) {
      const response = await get("/", host);
      assert.equal(response.status, 200);
      assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
      assert.match(await response.text(), /The first lesson\./);
    }
  });

  test("keeps the query of a client page", async () => {
    const response = await get("/steps/first/client.html?server=ws://localhost:8001");
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "<title>client</title>");
  });

  test("serves a lesson, with a slash at the end so that its links work", async () => {
    assert.match(await (await get("/steps/first/")).text(), /<h1>First<\/h1>/);
    const response = await get("/steps/first");
    assert.equal(response.status, 301);
    assert.match(response.headers.get("location") ?? "", /\/steps\/first\/$/);
  });

  test("shows nothing but the site", async () => {
    assert.equal((await get("/steps/")).status, 404);
    for (const path of ["/../package.json", "/%2e%2e/package.json", "/..%2fpackage.json"]) {
      // Not fetch, which would tidy the path up.
      const sent = request({ host: "127.0.0.1", port, path }).end();
      const [response] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
      response.resume();
      assert.ok(response.statusCode === 400 || response.statusCode === 404, path);
    }
  });

  test("listens on loopback only", async (t) => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const outside = addresses.find(({ internal, family }) => !internal && family === "IPv4");
    if (!outside) return t.skip("this machine has no other address");
    const socket = connect({ port, host: outside.address, timeout: 5000 });
    const outcome = await Promise.race([
      once(socket, "connect").then(() => "connected"),
      once(socket, "timeout").then(() => "no answer"),
      // once() rejects at the "error" event that a refused connection gives.
    ]).catch(() => "refused");
    socket.destroy();
    assert.notEqual(outcome, "connected");
  });

  test("rebuilds after an edit, and survives renamed steps", async () => {
    writeScratch(root, "steps/01-first/README.md", "# 01: First\n\nEdited once.\n");
    await until("/steps/first/", (text) => text.includes("Edited once."));

    writeScratch(root, "steps/02-second/README.md", "# 02: Second\n\nNew.\n");
    await until("/", (text) => text.includes("New."));
    writeScratch(root, "steps/02-second/README.md", "# 02: Second\n\nNew and edited.\n");
    await until("/", (text) => text.includes("New and edited."));

    renameSync(join(root, "steps/02-second"), join(root, "steps/03-third"));
    await until("/", (text) => text.includes("steps/third/") && !text.includes("steps/second/"));
    assert.equal((await get("/steps/second/")).status, 404);
  });

  test("says where the lab is, which serves this site's pages only", async () => {
    labPort = await labPortOf(port);
    const page = new WebSocket(`ws://localhost:${labPort}/`, LAB_PROTOCOL, { origin: `http://localhost:${port}` });
    const [hello] = await once(page, "message");
    assert.match(String(hello), /^{"type":"hello"/);
    page.terminate();
    const stranger = new WebSocket(`ws://localhost:${labPort}/`, LAB_PROTOCOL, { origin: `http://localhost:${port + 1}` });
    const [error] = await once(stranger, "error");
    assert.match(String(error), /403/);
  });

  test("keeps its lab when a second copy runs for a while, and npm run step keeps leading to it", { skip: noSignals }, async () => {
    const secondPort = await freePort();
    const second = startScript("start.ts", ["--port", String(secondPort)], { root });
    await second.printed("The lab stays");
    const expected = { port: labPort, site: `http://localhost:${port}` };
    assert.deepEqual(await (await fetch(`http://localhost:${secondPort}/lab.json`)).json(), expected);
    second.child.kill("SIGINT");
    const { stdout } = await second.ended;
    assert.match(stdout, new RegExp(`^The course is at http://localhost:${secondPort} .*\n.*http://localhost:${port}, .*\n$`));
    assert.deepEqual(await (await get("/lab.json")).json(), expected);
  });

  after(async () => {
    site.child.kill("SIGINT");
    const { code, stdout, stderr } = await site.ended;
    if (noSignals) return;
    assert.deepEqual({ code, stderr }, { code: 130, stderr: "" });
    assert.equal(
      stdout,
      `The course is at http://localhost:${port} (Ctrl-C stops it)\n` +
        `npm run step lets this address in; servers started otherwise do with ALLOWED_ORIGINS=http://localhost:${port}\n`,
    );
    assert.equal(await isPortBusy(port), false);
    assert.equal(await isPortBusy(labPort), false);
    assert.deepEqual(JSON.parse(readFileSync(join(root, "public/lab.json"), "utf8")), { port: null });
  });
});

/** Whether the process runs; one that has ended and that nobody has taken notice of does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const status = process.platform === "linux" ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
    return !/\) [ZX] /.test(status);
  } catch {
    return false;
  }
}

/** The port that the site's `lab.json` names. */
async function labPortOf(sitePort: number): Promise<number> {
  const address = (await (await fetch(`http://localhost:${sitePort}/lab.json`)).json()) as LabAddress;
  assert.equal(typeof address.port, "number");
  return address.port ?? 0;
}

describe("npm start", { timeout: 60_000 }, () => {
  test("leaves nothing behind when it is killed, not even a step's server", { skip: noSignals }, async () => {
    const ownRoot = scratchFolder({
      "steps/01-first/README.md": "# 01: First\n\nThe first lesson.\n",
      "steps/01-first/server.ts":
        'import net from "node:net"; process.on("SIGTERM", () => {}); net.createServer().listen(Number(process.env.PORT));',
    });
    const port = await freePort();
    const site = startScript("start.ts", ["--port", String(port)], { root: ownRoot });
    await site.printed("\n");
    const labPort = await labPortOf(port);
    const page = new WebSocket(`ws://localhost:${labPort}/`, LAB_PROTOCOL, { origin: `http://localhost:${port}` });
    page.once("open", () => page.send('{"type":"start","slug":"first"}'));
    const stepPort = await new Promise<number>((resolve) => {
      page.on("message", (data) => {
        const { type, state } = JSON.parse(String(data));
        if (type === "state" && state.server.status === "running") resolve(state.server.port);
      });
    });
    assert.equal(await isPortBusy(stepPort), true);

    page.on("error", () => {});
    site.child.kill("SIGKILL");
    // This waits for all that hold its output: the site's server and the lab.
    await site.ended;
    while (await isPortBusy(stepPort)) await sleep(50);
    assert.equal(await isPortBusy(port), false);
    assert.equal(await isPortBusy(labPort), false);
    assert.deepEqual(JSON.parse(readFileSync(join(ownRoot, "public/lab.json"), "utf8")), { port: null });
  });

  test("a step that never comes back to its event loop ends with a lab that is killed", { skip: noSignals }, async () => {
    const folder = scratchFolder({
      "steps/01-first/README.md": "# 01: First\n",
      "steps/01-first/server.ts": 'console.log("lab", process.ppid, "step", process.pid); for (;;);',
    });
    const port = await freePort();
    const site = startScript("start.ts", ["--port", String(port)], { root: folder });
    await site.printed("\n");
    const page = new WebSocket(`ws://localhost:${await labPortOf(port)}/`, LAB_PROTOCOL, { origin: `http://localhost:${port}` });
    page.on("error", () => {});
    page.once("open", () => page.send('{"type":"start","slug":"first"}'));
    const [lab, step] = await new Promise<[number, number]>((resolve) => {
      page.on("message", (data) => {
        const [, lab, step] = /lab (\d+) step (\d+)/.exec(String(data)) ?? [];
        if (lab !== undefined) resolve([Number(lab), Number(step)]);
      });
    });
    process.kill(lab, "SIGKILL");
    while (isAlive(step)) await sleep(50);
    site.child.kill("SIGINT");
    await site.ended;
  });

  test("starts no lab with --no-lab", { skip: noSignals }, async () => {
    const ownRoot = scratchFolder({ "steps/01-first/README.md": "# 01: First\n\nThe first lesson.\n" });
    const port = await freePort();
    const site = startScript("start.ts", ["--port", String(port), "--no-lab"], { root: ownRoot });
    await site.printed("\n");
    assert.deepEqual(await (await fetch(`http://localhost:${port}/lab.json`)).json(), { port: null, site: `http://localhost:${port}` });
    site.child.kill("SIGTERM");
    assert.equal((await site.ended).code, 143);
  });

  test("says which port is busy, and how to choose another", async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = String(typeof address === "object" && address?.port);
    const { code, stdout, stderr } = await runScript("start.ts", [], { root, env: { PORT: port } });
    server.close();
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, new RegExp(`^Port ${port} is busy: [^\n]+\n$`));
    for (const word of ["npm start -- --port 3000", "step 04", "ALLOWED_ORIGINS"]) {
      assert.ok(stderr.includes(word), stderr);
    }
  });

  test("turns wrong arguments into one sentence, and has a --help", async () => {
    const [port, extra, option, help] = await Promise.all([
      runScript("start.ts", ["--port", "70000"], { root }),
      runScript("start.ts", ["3"], { root }),
      runScript("start.ts", ["--open"], { root }),
      runScript("start.ts", ["--help"], { root }),
    ]);
    for (const { code, stdout, stderr } of [port, extra, option]) {
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
      assert.match(stderr, /^[^\n]+\.\n$/);
    }
    assert.match(port.stderr, /--port is "70000"/);
    assert.deepEqual({ code: help.code, stderr: help.stderr }, { code: 0, stderr: "" });
    assert.match(help.stdout, /^Usage: npm start/);
  });
});
