import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { readKeys, type KeyInput } from "./keys.ts";

/** A terminal, or a pipe, that notes what happens to it. */
function input(isTTY: boolean) {
  const modes: boolean[] = [];
  const stream: KeyInput = Object.assign(new PassThrough(), isTTY && { isTTY, setRawMode: (isRaw: boolean) => void modes.push(isRaw) });
  const keys: string[] = [];
  const write = async (text: string): Promise<void> => {
    (stream as unknown as PassThrough).write(text);
    await turn();
  };
  return { stream, modes, keys, write };
}

test("in a terminal each key counts at once, arrows do not, and Ctrl-C quits", async () => {
  const { stream, modes, keys, write } = input(true);
  const giveBack = readKeys(stream, (key) => keys.push(key));
  await write("h");
  await write("N");
  await write("\x1b[A");
  await write("?d");
  await write("\x03");
  assert.deepEqual(keys, ["h", "n", "?", "d", "q"]);
  giveBack();
  assert.deepEqual(modes, [true, false]);
  await write("h");
  assert.equal(keys.length, 5);
});

test("through a pipe, and in a dumb terminal, the first letter of a line counts", async () => {
  for (const isTTY of [false, true]) {
    const { stream, modes, keys, write } = input(isTTY);
    const giveBack = readKeys(stream, (key) => keys.push(key), { byLine: true });
    await write("h");
    assert.deepEqual(keys, []);
    await write("int\r\n\n d\nq\n");
    assert.deepEqual(keys, ["h", "d", "q"]);
    giveBack();
    assert.deepEqual(modes, []);
  }
});

test("the terminal is given back when the process ends, and only once", () => {
  const { stream, modes } = input(true);
  const before = process.listenerCount("exit");
  const giveBack = readKeys(stream, () => {});
  assert.equal(process.listenerCount("exit"), before + 1);
  giveBack();
  assert.equal(process.listenerCount("exit"), before);
  assert.deepEqual(modes, [true, false]);
});
