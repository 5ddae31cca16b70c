import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Load } from "./load.ts";
import { changesPeerNames, makePeers, type Peer } from "./peers.ts";
import { formatShares, profile } from "./profile.ts";
import { runWorkload } from "./run.ts";
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

test("the changes of the last step, one by one, all give right echoes, and have a profile", async () => {
  const options = { changes: true };
  const names = changesPeerNames(options);
  const peers = await makePeers(names, options, ({ name }) => assert.fail(name));
  const load = await Load.start(undefined);
  try {
    for (const name of ["burst", "64k", "deflate", "broadcast-500-burst"]) {
      const { rows } = await runWorkload(small(name), peers, load, undefined, TINY);
      assert.deepEqual(rows.map(({ peer }) => peer), names);
      assert.deepEqual(rows.filter(({ problem }) => problem !== undefined), []);
    }
    const words = peers.find(({ name }) => name === "words");
    const shares = words && (await profile(words, small("burst"), load, undefined));
    assert.ok(Array.isArray(shares) && shares.some(({ name }) => name === "decodeHeader"), formatShares(shares ?? []));
  } finally {
    await load.stop();
  }
});

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
        assert(Number(figures.p50) > 0, JSON.stringify(figures));
        assert(figures.p99 === null || Number(figures.p50) <= figures.p99, JSON.stringify(figures));
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
