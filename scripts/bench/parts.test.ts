import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import { encodeFrame, Opcode } from "../soak/frames.ts";
import { drawChart } from "./chart.ts";
import { parseCores } from "./cores.ts";
import { EchoCheck, WrongEcho, type Learned } from "./echo-check.ts";
import { makeBatches, serverFrame, type Batch } from "./messages.ts";
import { parsePs, parseStat } from "./process-group.ts";
import type { Figures, WorkloadResult } from "./results.ts";
import { median, medianRatio, percentile } from "./statistics.ts";
import { footnotes, formatTask, formatWorkload, isLimitedByLoad } from "./table.ts";
import { describe as details, workloads, type Workload } from "./workloads.ts";

describe("statistics", () => {
  test("the median is in the middle", () => {
    assert.equal(median([3, 1, 20]), 3);
    assert.equal(median([4, 1, 3, 20]), 3.5);
    assert(Number.isNaN(median([])));
  });

  test("a percentile is one of the values", () => {
    const values = Array.from({ length: 200 }, (_, index) => index + 1);
    assert.equal(percentile(values, 50), 100);
    assert.equal(percentile(values, 99), 198);
    assert.equal(percentile([7], 99), 7);
    assert(Number.isNaN(percentile([], 50)));
  });

  test("a ratio compares what stood side by side", () => {
    // In the second round the machine was slow, for both.
    assert.equal(medianRatio([5, 50, 6], [10, 100, 10]), 0.5);
    assert.equal(medianRatio([5, 6], [10, NaN]), 0.5);
    assert(Number.isNaN(medianRatio([5], [])));
  });
});

describe("EchoCheck", () => {
  const find = (name: string): Workload => workloads.find((workload) => workload.name === name) as Workload;
  const answers: Buffer[] = [];
  const checkOf = (learned: Learned = new Map(), isRaw = false): EchoCheck =>
    new EchoCheck({ isRaw, learned, answer: (bytes) => answers.push(bytes) });

  /** Gives the bytes in chunks, and says at which byte the batch was complete. */
  function feed(check: EchoCheck, bytes: Buffer, size: number): number | undefined {
    let complete: number | undefined;
    // One piece of memory for all reads, as in the load generator.
    const memory = Buffer.alloc(size);
    for (let at = 0; at < bytes.length; at += size) {
      const length = bytes.copy(memory, 0, at, at + size);
      if (check.take(memory, length)) complete ??= at + length;
    }
    return complete;
  }

  const [batch, next] = makeBatches(find("burst"), false) as [Batch, Batch];
  const echo = batch.expected as Buffer;
  const unlike = (bytes: Buffer, at: number): Buffer => {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 0x20, at);
    return changed;
  };

  for (const size of [1, 7, 1000, 1_000_000]) {
    test(`takes the right echoes in chunks of ${size}`, () => {
      const check = checkOf();
      for (const each of [batch, next, batch]) {
        check.begin(each);
        assert.equal(feed(check, each.expected as Buffer, size), each.expected?.length);
      }
    });

    test(`takes fragments with a ping between them in chunks of ${size}`, () => {
      const [first = Buffer.alloc(0), ...others] = batch.payloads;
      const begin = serverFrame(batch.opcode, first.subarray(0, 3));
      begin.writeUInt8(begin.readUInt8(0) & 0x7f, 0);
      const bytes = Buffer.concat([
        begin,
        serverFrame(Opcode.Ping, Buffer.from("there?")),
        serverFrame(Opcode.Continuation, first.subarray(3)),
        ...others.map((payload) => serverFrame(batch.opcode, payload)),
      ]);
      const check = checkOf();
      check.begin(batch);
      answers.length = 0;
      assert.equal(feed(check, bytes, size), bytes.length);
      assert.deepEqual(answers, [encodeFrame(Opcode.Pong, Buffer.from("there?"))]);
      check.begin(next);
      assert.equal(feed(check, next.expected as Buffer, size), next.expected?.length);
    });

    test(`finds a wrong byte in chunks of ${size}`, () => {
      const check = checkOf();
      check.begin(batch);
      assert.throws(() => feed(check, unlike(echo, echo.length - 1), size), /^WrongEcho: its echo of \d+ bytes is wrong from byte \d+ on$/);
    });
  }

  test("takes a ping at any other time, and nothing else", () => {
    const check = checkOf();
    check.begin(batch);
    feed(check, echo, echo.length);
    assert.equal(feed(check, serverFrame(Opcode.Ping, Buffer.alloc(0)), 1), undefined);
    check.begin(next);
    assert.equal(feed(check, next.expected as Buffer, 100), next.expected?.length);
    assert.throws(() => feed(check, echo, echo.length), /it sent a message that is no echo/);
  });

  test("finds binary where text belongs, and a message that lacks its end", () => {
    const [payload = Buffer.alloc(0)] = batch.payloads;
    for (const [frame, message] of [
      [serverFrame(Opcode.Binary, payload), /its echo has opcode 2, not 1/],
      [serverFrame(Opcode.Text, payload.subarray(1)), /it sent back \d+ bytes, and had got \d+/],
      [serverFrame(Opcode.Close, Buffer.from([0x03, 0xf2])), /it closed the connection with 1010/],
    ] as const) {
      const check = checkOf();
      check.begin(batch);
      assert.throws(() => feed(check, frame, 10), message);
    }
  });

  test("compares a bare server's bytes with what it got", () => {
    const [raw] = makeBatches(find("burst"), true) as [Batch];
    const check = checkOf(new Map(), true);
    check.begin(raw);
    assert.equal(feed(check, raw.sent, 100), raw.sent.length);
    check.begin(raw);
    assert.throws(() => feed(check, unlike(raw.sent, 500), 100), WrongEcho);
  });

  describe("compressed", () => {
    const [compressed] = makeBatches(find("deflate"), false) as [Batch];
    const answer = (level: number, change: (payload: Buffer, index: number) => Buffer = (payload) => payload): Buffer =>
      Buffer.concat(
        compressed.payloads.map((payload, index) => {
          const flushed = deflateRawSync(change(payload, index), { level, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
          const frame = serverFrame(Opcode.Text, flushed);
          frame.writeUInt8(frame.readUInt8(0) | 0x40, 0);
          return frame;
        }),
      );

    test("inflates what it does not know yet, and knows it the next time", () => {
      const learned: Learned = new Map();
      const check = checkOf(learned);
      const bytes = answer(6);
      check.begin(compressed);
      assert.equal(feed(check, bytes, 777), bytes.length);
      assert.deepEqual(learned.get(compressed), bytes);
      check.begin(compressed);
      assert(!check.take(bytes, 100));
      assert(check.isComparing);
      assert(check.take(bytes.subarray(100), bytes.length - 100));
      // Another way to compress the same is as right.
      for (const level of [6, 1, 9]) {
        check.begin(compressed);
        assert.equal(feed(check, answer(level), 777), answer(level).length);
      }
    });

    test("finds a wrong message, before and after", () => {
      const wrong = answer(6, (payload, index) => (index === 9 ? unlike(payload, 100) : payload));
      const check = checkOf();
      check.begin(compressed);
      assert.throws(() => feed(check, wrong, 100_000), /its echo of 1024 bytes is wrong from byte 100 on/);
      const later = checkOf();
      later.begin(compressed);
      feed(later, answer(6), 1000);
      later.begin(compressed);
      assert.throws(() => feed(later, wrong, 1000), /its echo of 1024 bytes is wrong from byte 100 on/);
    });

    test("finds out who agreed to compress, and does not", () => {
      const check = checkOf();
      check.begin(compressed);
      const plain = serverFrame(Opcode.Text, compressed.payloads[0] as Buffer);
      assert.throws(() => feed(check, plain, 2000), /it agreed to compress, and did not/);
    });
  });
});

describe("messages", () => {
  test("are the same in every run, and as large as the workload says", () => {
    for (const workload of workloads) {
      const [once, again] = [makeBatches(workload, false), makeBatches(workload, false)];
      assert(once.length >= 2, workload.name);
      once.forEach((batch, index) => assert(batch.sent.equals((again[index] as Batch).sent), workload.name));
      const [from, to] = workload.sizes;
      const payloads = once.flatMap((batch) => batch.payloads);
      assert(payloads.every(({ length }) => length >= from && length <= to), workload.name);
      assert(once.every(({ payloads, bytes }) => payloads.length === workload.depth && bytes <= to * workload.depth));
      if (to > 0) assert(!payloads[0]?.equals(payloads.at(-1) as Buffer), workload.name);
    }
  });

  test("are described", () => {
    const said = Object.fromEntries(workloads.map((workload) => [workload.name, details(workload)]));
    assert.equal(said["small"], "20 to 125 bytes of text, 16 connections");
    assert.equal(said["64k"], "64 KiB of binary, 4 connections");
    assert.equal(said["deflate"], "1 KiB of compressed text, 8 connections");
    assert.equal(said["idle"], "10,000 connections");
  });
});

describe("what systems tell", () => {
  test("cores", () => {
    assert.deepEqual(parseCores("0-2,8\n"), [0, 1, 2, 8]);
    assert.deepEqual(parseCores("5"), [5]);
    assert.deepEqual(parseCores(""), []);
  });

  test("a line of /proc/PID/stat, with any name", () => {
    const line = "4711 (a (b) c) S 1 4700 4700 0 -1 4194304 1 2 3 4 150 25 0 0 20 0 11 0 12345 67890 123 ...";
    assert.deepEqual(parseStat(line), { group: 4700, cpu: 1_750_000 });
  });

  test("what ps prints, on macOS and elsewhere", () => {
    const output = "  812   1024   1:02.35\n  812   1024 1-00:00:01\n 9999   4096   0:00.10\n";
    assert.deepEqual(parsePs(output, 812), { cpu: (62.35 + 86_401) * 1e6, rss: 2 * 2 ** 20 });
  });
});

const figures: Figures = {
  cpu: 12.345,
  cpuToWs: 0.0351,
  perSecond: 70_123.4,
  bytesPerSecond: 1.5e9,
  p50: 0.1234,
  p99: 12.34,
  serverShare: 0.5,
  loadShare: 0.95,
  rss: 6144,
  heap: 2048,
};

const result: WorkloadResult = {
  name: "small",
  title: "Small & quick",
  details: "20 bytes",
  unit: "message",
  rows: [
    { peer: "step-19", title: "step 19", figures },
    { peer: "ws", title: "ws <8>", figures: { ...figures, cpu: 24.69, cpuToWs: 1, loadShare: 0.2 } },
    { peer: "bun", title: "Bun", problem: "its process ended" },
    { peer: "bare-net", title: "bare", lacks: "it knows no handshake" },
  ],
};

describe("the table", () => {
  test("of a workload", () => {
    assert.equal(
      formatWorkload(result),
      `Small & quick (20 bytes)
           server CPU  to ws  messages/s      p50      p99  server  load
  step 19     12.3 µs  0.035      70,123  0.12 ms  12.3 ms     50%  95%*
  ws <8>      24.7 µs   1.00      70,123  0.12 ms  12.3 ms     50%   20%
  Bun      ✖ its process ended
  bare     – it knows no handshake`,
    );
    const large = formatWorkload({ ...result, unit: "byte", rows: result.rows.slice(0, 1) });
    assert.match(large, /MB\/s/);
    assert.match(large, /  1,500  /);
    const idle = formatWorkload({ ...result, unit: "connection", rows: result.rows.slice(0, 1) });
    assert.match(idle, /memory for each  heap and buffers\n  step 19 +6\.00 KiB +2\.00 KiB$/);
  });

  test("of a part", () => {
    const rows = [
      { title: "step 19", nanoseconds: [12.5, 250] },
      { title: "step 18", nanoseconds: [null, null], lacks: "it exports no xorMask" },
    ];
    assert.equal(
      formatTask({ title: "Unmasking", sizes: [64, 1024], rows }),
      `Unmasking
                    64 bytes             1 KiB
  step 19  12.5 ns 5.12 GB/s  250 ns 4.10 GB/s
  step 18                  –                 –  it exports no xorMask`,
    );
  });

  test("marks where the load generator had more to do, and says so below", () => {
    assert(isLimitedByLoad(figures));
    assert(!isLimitedByLoad({ ...figures, serverShare: 0.97 }));
    assert(!isLimitedByLoad({ ...figures, serverShare: null }));
    assert.match(footnotes({ workloads: [result] }).join("\n"), /^\*: the load generator/m);
    const rows = [{ peer: "yours", title: "yours", figures: { ...figures, cpu: null, serverShare: null } }];
    const notes = footnotes({ workloads: [{ ...result, rows }] }).join("\n");
    assert.match(notes, /^What yours logs/m);
    assert.match(notes, /^–: this system/m);
    assert.doesNotMatch(notes, /load generator/);
  });
});

describe("the picture", () => {
  const svg = drawChart(result);

  test("has a bar for each figure, as long as it is large", () => {
    const bars = [...svg.matchAll(/<rect class="(\w+)"[^>]* width="([\d.]+)"/g)].map(([, kind, width]) => [kind, Number(width)]);
    assert.deepEqual(bars, [["ours", 100], ["other", 200]]);
  });

  test("says in words what it shows, and escapes it", () => {
    assert.match(svg, /<title id="chart-small-title">CPU time of the server for each message: Small &amp; quick<\/title>/);
    assert.match(svg, /step 19: 12\.3 µs; ws &lt;8&gt;: 24\.7 µs; Bun: failed; bare: cannot do this\.<\/desc>/);
    assert.match(svg, /role="img" aria-labelledby="chart-small-title chart-small-text"/);
  });
});
