import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Readable } from "node:stream";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startProcess, stopTree } from "../lib/processes.ts";
import { runScript } from "../lib/scratch.ts";
import { processGroup } from "./process-group.ts";
import { openSession } from "./sessions.ts";
import { workloads } from "./workloads.ts";

test("a connection that ends between two rounds is missed at once", async () => {
  const smallest = workloads.find(({ name }) => name === "small");
  assert(smallest);
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("data", (chunk) => socket.write(chunk)));
    socket.write("!");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const session = await openSession({ ...smallest, connections: 4 }, { port, isRaw: true, upgrade: false });
  try {
    assert.equal((await session.run(0)).count, 4);
    sockets[2]?.destroy();
    await sleep(50);
    await assert.rejects(session.run(0), /^Error: it ended a connection/);
  } finally {
    session.close();
    server.close();
  }
});

test("the CPU time of a command is that of all that it has started", { skip: process.platform === "win32" }, async () => {
  const burn = "const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end); console.log('burnt'); setInterval(() => {}, 1000)";
  const passOn = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(burn)}], { stdio: "inherit" })`;
  const start = (script: string) => startProcess(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [busy, idle] = [start(passOn), start("console.log('here'); setInterval(() => {}, 1000)")];
  try {
    await Promise.all([busy, idle].map(({ stdout }) => once(stdout as Readable, "data")));
    const [most, least] = [processGroup(busy), processGroup(idle)];
    assert(most && least);
    assert(most.cpu >= 290_000, `${most.cpu} µs`);
    assert(least.cpu < most.cpu - 200_000, `${least.cpu} µs`);
    assert(least.rss > 2 ** 20 && most.rss > least.rss, `${least.rss} and ${most.rss} bytes`);
  } finally {
    await Promise.all([stopTree(busy), stopTree(idle)]);
  }
});

describe("npm run bench", { concurrency: 2 }, () => {
  const refused: [args: string[], message: RegExp][] = [
    [["--workload", "naps"], /^There is no workload naps: there are small, burst, .*, idle\.\n$/],
    [["--peer", "nobody"], /^There is no peer nobody: there are step-\d+, step-\d+, ws, .*, bare-net\.\n$/],
    [["--step", "3"], /^Step 3 has no websocket-server\.ts: the first one with a library is 14\.\n$/],
    [["--step", "99"], /^There is no step 99: /],
    [["--rounds", "0"], /^--rounds is "0", but it is a whole number from 1 to 999\.\n$/],
    [["--command", ""], /^The command is empty: /],
    [["--command", "node 'a"], /^The command has a quote without an end: /],
    [["--in-process", "--short"], /^--in-process measures parts of the steps alone: /],
    [["--changes", "--step", "18"], /^--changes is about the last two steps: /],
    [["--profile", "--json", "x"], /^--profile has no rounds, and writes no file: /],
    [["18"], /^npm run bench takes no argument "18"\. Try --help\.\n$/],
  ];
  for (const [args, message] of refused) {
    test(`refuses ${args.join(" ")}`, async () => {
      const { code, stderr } = await runScript("bench.ts", args);
      assert.match(stderr, message);
      assert.equal(code, 2);
    });
  }

  test("lists workloads and peers", async () => {
    const { code, stdout } = await runScript("bench.ts", ["--list", "--step", "18"]);
    assert.equal(code, 0);
    for (const { name, title } of workloads) assert.match(stdout, new RegExp(`^ +${name} +${title}$`, "m"));
    assert.match(stdout, /^ +step-18, ws, ws-native, websocket, faye-websocket, bun, bare-upgrade, bare-net$/m);
  });
});
