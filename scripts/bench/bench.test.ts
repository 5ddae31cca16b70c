import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startProcess, stopTree } from "../lib/processes.ts";
import { runScript } from "../lib/scratch.ts";
import { Load } from "./load.ts";
import { makePeers, type Peer } from "./peers.ts";
import { processGroup } from "./process-group.ts";
import { runWorkload } from "./run.ts";
import { openSession } from "./sessions.ts";
import { workloads, type Workload } from "./workloads.ts";

const TINY = { rounds: 2, milliseconds: 20, warmUp: 10 };
const ODD = new URL("fixtures/odd-server.mjs", import.meta.url).href;
const STEP = { steps: ["18"] };

/** A workload with few connections. */
function small(name: string): Workload {
  const workload = workloads.find((each) => each.name === name);
  assert(workload);
  return { ...workload, connections: Math.min(workload.connections, 4) };
}

describe("servers side by side", () => {
  let load: Load;
  let peers: Peer[];
  before(async () => {
    load = await Load.start(undefined);
    peers = await makePeers(["step-18", "ws", "bare-upgrade", "bare-net"], STEP, ({ name }) => assert.fail(name));
  });
  after(() => load?.stop());

  /** A foreign server that is odd in this way. */
  async function odd(mode: string): Promise<Peer> {
    const script = `process.env.MODE = ${JSON.stringify(mode)}; await import(${JSON.stringify(ODD)})`;
    const [peer] = await makePeers(["yours"], { command: [process.execPath, "--input-type=module", "-e", script] }, () => {});
    assert(peer);
    return peer;
  }

  for (const name of ["small", "burst", "64k", "broadcast-500", "broadcast-500-burst", "handshake"]) {
    test(name, async () => {
      const workload = small(name);
      const { rows } = await runWorkload(workload, peers, load, undefined, TINY);
      assert.deepEqual(rows.map(({ peer }) => peer), ["step-18", "ws", "bare-upgrade", "bare-net"]);
      for (const { peer, figures, problem, lacks } of rows) {
        if (peer === "bare-net" && name === "handshake") {
          assert.equal(lacks, "it knows no handshake");
          continue;
        }
        assert.equal(problem, undefined, peer);
        assert(figures, peer);
        assert(Number(figures.cpu) > 0 && Number(figures.perSecond) > 0, JSON.stringify(figures));
        assert(Number(figures.p50) <= Number(figures.p99), JSON.stringify(figures));
        assert(Number(figures.loadShare) > 0 && Number(figures.serverShare) > 0, JSON.stringify(figures));
        if (peer === "ws") assert.equal(figures.cpuToWs, 1);
      }
    });
  }

  test("compression: who cannot do it says so", async () => {
    const { rows } = await runWorkload(small("deflate"), [...peers, await odd("")], load, undefined, TINY);
    const said = Object.fromEntries(rows.map(({ peer, figures, lacks }) => [peer, figures ? "measured" : lacks]));
    assert.deepEqual(said, {
      "step-18": "measured",
      ws: "measured",
      "bare-upgrade": "it has no permessage-deflate",
      "bare-net": "it has no permessage-deflate",
      yours: "it does not negotiate permessage-deflate",
    });
  });

  test("idle connections cost memory", async () => {
    const workload = { ...small("idle"), connections: 500 };
    const { rows } = await runWorkload(workload, peers.slice(0, 1), load, undefined, { ...TINY, rounds: 1 });
    const heap = rows[0]?.figures?.heap ?? 0;
    assert(heap > 1000 && heap < 8000, `${heap} bytes`);
  });

  test("a server of one's own gets its port in PORT, and may send fragments and pings", async () => {
    const { rows } = await runWorkload(small("64k"), [await odd("fragments")], load, undefined, TINY);
    assert.equal(rows[0]?.problem, undefined);
    assert(Number(rows[0]?.figures?.perSecond) > 0);
  });

  test("a wrong echo, a Close and a death are named, and the others go on", async () => {
    const odds = await Promise.all(["wrong", "close", "die"].map(odd));
    const missing: Peer = { ...(odds[0] as Peer), program: { kind: "foreign", command: process.execPath, args: ["nowhere.mjs"] } };
    const [step] = peers;
    const { rows } = await runWorkload(small("small"), [...odds, missing, step as Peer], load, undefined, TINY);
    const problems = rows.map(({ problem = "" }) => problem);
    assert.match(problems[0] ?? "", /^its echo of \d+ bytes is wrong from byte 5 on$/);
    assert.match(problems[1] ?? "", /^it closed the connection with 4001 enough$/);
    assert.match(problems[2] ?? "", /^its process ended \(exit code 1\): Error: out of paper$/);
    assert.match(problems[3] ?? "", /^its process ended \(exit code 1\): Error: Cannot find module/);
    assert.equal(problems[4], "");
    assert(rows[4]?.figures);
  });
});

test("a connection that ends between two rounds is missed at once", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("data", (chunk) => socket.write(chunk)));
    socket.write("!");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const session = await openSession(small("small"), { port, isRaw: true, upgrade: false });
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
