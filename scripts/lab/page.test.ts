import assert from "node:assert/strict";
import { test } from "node:test";
import { Log } from "./log.ts";
import type { FromLab, LabState } from "./messages.ts";
import { Page } from "./page.ts";
import { Recorder } from "./recorder.ts";

const MB = 1024 * 1024;
const NO_STATE = {} as LabState;

/** A page whose socket takes everything, or nothing, as the test says. */
function open() {
  const heard: FromLab[] = [];
  const socket = { unread: 0 };
  const recorder: Recorder = new Recorder({
    onChange: (id) => page?.entryChanged(id),
    onDrop: (id) => page?.entryDropped(id),
    onClear: () => page?.cleared(),
  });
  let page: Page | undefined = undefined;
  const opened = new Page(
    { log: new Log(() => {}), recorder, state: () => NO_STATE, send: (text) => heard.push(JSON.parse(text) as FromLab), unread: () => socket.unread },
    { servedBy: { number: 1, slug: "one", title: "One" }, steps: [], state: NO_STATE },
  );
  page = opened;
  const batches = () => heard.flatMap((message) => (message.type === "wire" ? message : []));
  return { page: opened, heard, socket, recorder, batches, types: () => heard.map(({ type }) => type) };
}

test("a page that reads nothing is sent nothing: no problems, and of many clears one, later", () => {
  const { page, heard, socket, recorder, types } = open();
  socket.unread = MB;
  page.problem("Nobody reads this.");
  for (let i = 0; i < 100; i += 1) recorder.clear();
  page.stateChanged();
  page.flush();
  assert.deepEqual(types(), ["hello"]);
  socket.unread = 0;
  recorder.connect().event("open", "client");
  page.flush();
  assert.deepEqual(types(), ["hello", "cleared", "state", "wire"]);
  page.problem("This is read.");
  assert.deepEqual(heard.at(-1), { type: "problem", sentence: "This is read." });
});

test("a batch has about 256 kB, and the next one waits for the page", () => {
  const { page, recorder, batches } = open();
  const connection = recorder.connect();
  const head = Buffer.from(`GET / HTTP/1.1\r\nX-Long: ${"x".repeat(60_000)}\r\n\r\n`);
  for (let i = 0; i < 10; i += 1) connection.pass("to-server", head);
  for (let batch = 1; batch <= 3; batch += 1) {
    page.flush();
    page.flush();
    assert.equal(batches().length, batch);
    page.acknowledged(batch);
  }
  assert.deepEqual(batches().map(({ entries }) => entries.length), [4, 4, 2]);
});

test("skipped counts what the page has never seen, and not what has grown and gone", () => {
  const { page, recorder, batches } = open();
  const connection = recorder.connect();
  connection.pass("to-server", Buffer.from("GET / HTTP/1.1\r\n"));
  page.flush();
  page.acknowledged(1);
  // The head, which the page has seen, grows; then a thousand events push it out, and two of them.
  connection.pass("to-server", Buffer.from("A: b\r\n"));
  for (let i = 0; i < 1002; i += 1) connection.event("open", "client");
  page.flush();
  page.acknowledged(2);
  page.flush();
  const [first, ...later] = batches().map(({ entries, skipped }) => ({ entries: entries.length, skipped }));
  assert.deepEqual(first, { entries: 1, skipped: 0 });
  const sum = (name: "entries" | "skipped") => later.reduce((sum, batch) => sum + batch[name], 0);
  assert.deepEqual([sum("entries"), sum("skipped")], [1000, 2]);
});
