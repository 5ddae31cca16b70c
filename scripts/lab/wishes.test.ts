import assert from "node:assert/strict";
import { test } from "node:test";
import { readWish } from "./wishes.ts";

const good = [
  { type: "start", slug: "echo" },
  { type: "stop" },
  { type: "start-client" },
  { type: "stop-client" },
  { type: "rechunk", direction: "to-client", mode: "bytes" },
  { type: "clear" },
  { type: "ack", batch: 3 },
];

for (const wish of good) {
  test(`readWish takes ${JSON.stringify(wish)}`, () => assert.deepEqual(readWish(JSON.stringify(wish)), wish));
}

const bad = [
  "",
  "start",
  "null",
  "[]",
  "7",
  "{}",
  '{"type":"hello"}',
  '{"type":"start"}',
  '{"type":"start","slug":7}',
  '{"type":"start","slug":"echo","folder":"/etc"}',
  '{"type":"stop","slug":"echo"}',
  '{"type":"rechunk","direction":"to-client"}',
  '{"type":"rechunk","direction":"up","mode":"bytes"}',
  '{"type":"rechunk","direction":"to-client","mode":"__proto__"}',
  '{"type":"ack","batch":"1"}',
  '{"type":"ack","batch":1.5}',
  '{"type":"__proto__"}',
  '{"__proto__":{"type":"stop"}}',
  "[".repeat(30_000),
];

for (const text of bad) {
  test(`readWish refuses ${text.slice(0, 70)}`, () => assert.equal(readWish(text), undefined));
}
