import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import type { Rechunk } from "./messages.ts";
import { Relay } from "./rechunk.ts";

/** A relay between two sockets that are none: what is passed on at once can be told from what waits. */
function relay(mode: Rechunk) {
  const source = Object.assign(new EventEmitter(), { pause() {}, resume() {}, isPaused: () => false });
  const written: number[] = [];
  const destination = Object.assign(new EventEmitter(), { write: (chunk: Buffer) => written.push(chunk.length) > 0, end() {} });
  const made = new Relay(source as unknown as Socket, destination as unknown as Socket, mode, { onPass() {}, onEnd() {} });
  return { relay: made, written, push: (size: number) => source.emit("data", Buffer.alloc(size)) };
}

test("gather: a megabyte is as much as is gathered", () => {
  const { relay: made, written, push } = relay("gather");
  for (let i = 0; i < 15; i += 1) push(64 * 1024);
  assert.deepEqual(written, []);
  push(64 * 1024);
  assert.deepEqual(written, [1024 * 1024]);
  made.stop();
});

test("a switch lets go at once what waits", () => {
  const { relay: made, written, push } = relay("delay");
  push(1);
  push(2);
  assert.deepEqual(written, []);
  made.setMode("as-is");
  assert.deepEqual(written, [1, 2]);
});
