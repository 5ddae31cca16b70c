import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Protocol } from "./protocol.ts";

// Each case runs in a process of its own, which is this file again with a case's name as argument.

const KIB = 1024;
const MIB = 1024 * KIB;
const CHUNK = 64 * KIB;

/** What is sent, and how much of it a server has a reason to keep. */
type Case = {
  payload: number;
  /** How much more may be kept, in bytes. */
  bound: number;
  /** Returns what must stay alive while the memory is measured. */
  run(): unknown;
};

const cases: Record<string, Case> = {
  "200,000 fragments of one byte": {
    payload: 200_000,
    bound: 200_000 + 256 * KIB,
    run: () => flood(Buffer.from("008100000000aa", "hex"), 200_000),
  },
  "a million empty fragments": {
    payload: 0,
    bound: 256 * KIB,
    run: () => flood(Buffer.from("008000000000", "hex"), 1_000_000),
  },
  "a declared terabyte, of which a kilobyte has come": {
    payload: KIB,
    bound: 256 * KIB,
    run() {
      const protocol = start(Infinity);
      protocol.receive(Buffer.from("82ff000001000000000000000000", "hex"));
      protocol.receive(Buffer.alloc(KIB));
      return protocol;
    },
  },
  "a message of 1 MiB that comes byte by byte": {
    payload: MIB,
    bound: MIB + 256 * KIB,
    run() {
      const protocol = start(MIB);
      protocol.receive(Buffer.from("82ff000000000010000000000000", "hex"));
      for (let i = 1; i < MIB; i++) protocol.receive(Buffer.alloc(1));
      return protocol;
    },
  },
  "10,000 connections in the middle of a header": {
    payload: 0,
    bound: 10_000 * 2 * KIB,
    run: () => Array.from({ length: 10_000 }, () => sendTo(start(MIB), Buffer.from("82ff0000", "hex"))),
  },
  "100 connections, each in the middle of a ping at the end of a long chunk": {
    payload: 0,
    // Node cuts small buffers out of slabs of 8 KiB: a few bytes that are kept may keep such a slab.
    bound: 100 * 16 * KIB,
    run: () => Array.from({ length: 100 }, () => sendTo(start(MIB), longChunk("898200000000aa"))),
  },
  "100 connections, each after a ping at the end of a long chunk": {
    payload: 0,
    bound: 100 * 16 * KIB,
    run: () => Array.from({ length: 100 }, () => sendTo(start(MIB), longChunk("898100000000aa"))),
  },
};

function start(maxPayload: number): Protocol {
  const ignore = () => {};
  return new Protocol({ onBytes: ignore, onEnd: ignore, onMessage: ignore, onError: ignore }, { maxPayload });
}

function sendTo(protocol: Protocol, chunk: Buffer): Protocol {
  protocol.receive(chunk);
  assert.equal(protocol.state, "open");
  return protocol;
}

/** Begins a message, and sends so many fragments of it, in chunks as long as those of a socket. */
function flood(fragment: Buffer, count: number): Protocol {
  const protocol = sendTo(start(MIB), Buffer.from("028000000000", "hex"));
  const atOnce = Math.floor(CHUNK / fragment.length);
  for (let sent = 0; sent < count; sent += atOnce) {
    const chunk = Buffer.alloc(Math.min(atOnce, count - sent) * fragment.length, fragment);
    protocol.receive(chunk);
  }
  assert.equal(protocol.state, "open");
  return protocol;
}

/** Empty pongs, and at the end what the hex says. */
function longChunk(ending: string): Buffer {
  const end = Buffer.from(ending, "hex");
  const pong = Buffer.from("8a8000000000", "hex");
  const pongs = Math.floor((CHUNK - end.length) / pong.length);
  return Buffer.concat([Buffer.alloc(pongs * pong.length, pong), end]);
}

function memoryUsed(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** In the child process: prints by how many bytes the memory has grown. */
function measure({ run }: Case): void {
  // Once beforehand, so that code, compiled and optimised, does not count.
  run();
  const before = memoryUsed();
  const kept = run();
  console.log(memoryUsed() - before, typeof kept);
}

const [name] = process.argv.slice(2);
const wanted = name === undefined ? undefined : cases[name];
if (wanted !== undefined) measure(wanted);
else for (const [title, { payload, bound }] of Object.entries(cases)) {
  test(`memory: ${title}`, (context) => {
    const args = ["--expose-gc", "--import", import.meta.resolve("tsx"), fileURLToPath(import.meta.url), title];
    // Without the runner's variable the child would report tests, not a number.
    const output = execFileSync(process.execPath, args, { env: { ...process.env, NODE_TEST_CONTEXT: undefined } });
    const growth = Number.parseInt(output.toString());
    context.diagnostic(`${title}: ${growth} bytes for a payload of ${payload}`);
    assert.ok(growth - payload <= bound, `kept ${growth} bytes, where the payload has ${payload}`);
  });
}
