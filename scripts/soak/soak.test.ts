import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runScript } from "../lib/scratch.ts";
import { deflate, encodeClose, encodeFrame, FrameReader, inflate, Opcode } from "./frames.ts";
import { tally } from "./load.ts";
import { randomFrom } from "./random.ts";
import { judge, judgeRss } from "./run.ts";
import type { Measurement } from "./server-process.ts";
import { scenarios } from "./scenarios.ts";
import { formatTable } from "./table.ts";
import { assertFails, run } from "./try-scenario.ts";

const MIB = 2 ** 20;

describe("a bad server fails, with a reason", { concurrency: 2 }, () => {
  test("but a good one passes, and what it did is counted", async () => {
    const { problems, counted } = await run("ws-server.ts", "storm", { clients: 20, rounds: 2 });
    assert.deepEqual(problems, []);
    assert.deepEqual(counted.slice(0, 2), [["connections", "40"], ["echoes", "40"]]);
  });

  test("one that leaks sockets and timers", async () => {
    const result = await run("fixtures/leaking-server.mjs", "idle", { connections: 1000 });
    assertFails(result, /^1,000 sockets are still in memory/, /^[\d,]+ timers are still in memory/, /MiB of heap and buffers were not given back/);
  });

  test("one that crashes", async () => {
    const result = await run("fixtures/crashing-server.mjs", "garbage", { clients: 40 });
    assertFails(result, /^the server's process ended \(exit code 1\): .*Error: Invalid WebSocket frame/);
  });

  test("one that loses messages and changes some", async () => {
    const result = await run("fixtures/losing-server.mjs", "echo", { clients: 20, messages: 100 }, { patience: 500 });
    assertFails(result, /^\d+ echoes were wrong/, /^\d+ of 2,000 echoes are missing/);
  });
});

describe("judge", () => {
  const at = (rss: number, heap: number, objects: Measurement["objects"] = { sockets: 0, timers: 1 }): Measurement => ({
    memory: { rss: rss * MIB, heap: heap * MIB, external: 0 },
    resources: {},
    objects,
  });

  test("accepts what comes back", () => {
    assert.deepEqual(judge({}, at(80, 10), 300 * MIB, at(100, 12)), []);
    assert.deepEqual(judge({ isAttack: true }, at(80, 10), 199 * MIB, at(80, 10)), []);
    assert.deepEqual(judgeRss(80, 190, 200), []);
    assert.deepEqual(judge({}, at(80, 10, null), 90 * MIB, at(80, 10, null)), []);
  });

  test("names what does not", () => {
    assert.match(judge({ isAttack: true }, at(80, 10), 208 * MIB, at(80, 10)).join(), /2\.6 times the start/);
    assert.match(judge({}, at(80, 10), 100 * MIB, at(90, 20)).join(), /^10 MiB of heap and buffers were not given back$/);
    assert.match(judgeRss(80 * MIB, 180 * MIB, 280 * MIB).join(), /^RSS grows with each round: 80 MiB, 180 MiB, 280 MiB$/);
    assert.match(judge({}, at(80, 10), 90 * MIB, at(80, 10, { sockets: 0, timers: 101 })).join(), /^100 timers are still/);
  });
});

describe("the load generator's tools", () => {
  test("the same seed gives the same bytes, another name or seed others", () => {
    const bytes = (seed: number, name: string) => randomFrom(seed, name).bytes(33).toString("hex");
    assert.equal(bytes(1, "a").length, 66);
    assert.equal(bytes(1, "a"), bytes(1, "a"));
    assert.notEqual(bytes(1, "a"), bytes(2, "a"));
    assert.notEqual(bytes(1, "a"), bytes(1, "b"));
  });

  test("frames are masked, in the shortest form", () => {
    assert.equal(encodeFrame(Opcode.Text, Buffer.from("Hello")).toString("hex"), "818537fa213d7f9f4d5158");
    assert.equal(encodeClose(1000).toString("hex"), "888237fa213d3412");
    assert.equal(encodeFrame(Opcode.Binary, Buffer.alloc(126)).toString("hex", 0, 4), "82fe007e");
    assert.equal(encodeFrame(Opcode.Binary, Buffer.alloc(65_536)).toString("hex", 0, 10), "82ff0000000000010000");
  });

  test("a server's frames are read however they are cut", () => {
    const frames = [0, 5, 125, 126, 65_535, 65_536].map((length) => {
      const masked = encodeFrame(Opcode.Binary, Buffer.alloc(length, 7));
      const start = masked.length - length - 4;
      masked[1] = (masked[1] as number) & 0x7f;
      return Buffer.concat([masked.subarray(0, start), Buffer.alloc(length, 7)]);
    });
    const bytes = Buffer.concat(frames);
    for (const size of [1, 3, 1000, bytes.length]) {
      const reader = new FrameReader();
      const lengths: number[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        for (const { payload } of reader.push(bytes.subarray(at, at + size))) {
          assert(payload.every((byte) => byte === 7));
          lengths.push(payload.length);
        }
      }
      assert.deepEqual(lengths, [0, 5, 125, 126, 65_535, 65_536]);
    }
  });

  test("what is deflated inflates again", () => {
    const text = Buffer.from("again and again and again");
    assert(deflate(text).length < text.length);
    assert.deepEqual(inflate(deflate(text)), text);
  });

  test("tally counts, the most frequent first", () => {
    assert.equal(tally([1002, 1007, 1007]), "1007: 2, 1002: 1");
  });
});

describe("formatTable", () => {
  const rows = [
    {
      name: "idle",
      title: "Idle connections",
      results: [
        { counted: [["open", "10"] as [string, string]], problems: [] },
        { counted: [], problems: ["the server's process ended"] },
      ],
    },
  ];
  const columns = ["ours", "ws"];

  test("shows the counts, and below them why a server failed", () => {
    assert.equal(
      formatTable(rows, { columns }),
      "  Counted    ours      ws\n\nIdle connections\n  open       10        –\n             ✔ passed  ✖ failed\n\n✖ idle, ws: the server's process ended.",
    );
  });

  test("in Markdown", () => {
    assert.equal(
      formatTable(rows, { columns, markdown: true }),
      "| Scenario | Counted | ours | ws |\n| --- | --- | --- | --- |\n| Idle connections | open | 10 | – |\n|  |  | ✔ passed | ✖ failed |\n\n- ✖ idle, ws: the server's process ended.",
    );
  });
});

test("the help names every scenario", async () => {
  const { code, stdout } = await runScript("soak.ts", ["--help"]);
  assert.equal(code, 0);
  for (const { name } of scenarios) assert.match(stdout, new RegExp(`\\b${name}[,\\n]`));
});
