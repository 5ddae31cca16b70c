import assert from "node:assert/strict";
import { test } from "node:test";
import { headLines, summarise } from "../../public/browser/lab-describe.ts";
import { parseRecording, toRecording } from "../../public/browser/lab-recording.ts";
import { describeSituation, type Situation } from "../../public/browser/lab-sentences.ts";
import { KEPT, WireStore } from "../../public/browser/lab-store.ts";
import type { FrameEntry, LabState, WireEntry } from "../lab/messages.ts";

// The parts of the lab's page that need no page.

function frame(id: number, hex = "82 81 00 00 00 00 61", more: Partial<FrameEntry> = {}): FrameEntry {
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  return {
    id,
    connection: 1,
    time: 1000 + id,
    kind: "frame",
    direction: "to-server",
    bytes: bytes.toString("base64"),
    size: bytes.length,
    cuts: [0],
    complete: true,
    extensions: [],
    ...more,
  };
}

const ids = (entries: readonly WireEntry[]): number[] => entries.map(({ id }) => id);

test("the store keeps the newest entries, and counts the others", () => {
  const store = new WireStore();
  store.take(Array.from({ length: KEPT + 5 }, (_, index) => frame(index)), 7);
  assert.equal(store.shown.length, KEPT);
  assert.equal(store.shown[0]?.id, 5);
  assert.equal(store.dropped, 12);
});

test("an entry that comes again replaces the older one, and one that was dropped stays away", () => {
  const store = new WireStore();
  store.take([frame(1, "82"), frame(2)]);
  store.take([frame(1)]);
  assert.equal((store.shown[0] as FrameEntry).size, 7);
  assert.deepEqual([...store.changed], [1]);
  store.take(Array.from({ length: KEPT }, (_, index) => frame(3 + index)));
  store.take([frame(1)]);
  assert.equal(store.shown[0]?.id, 3);
});

test("a pause holds back what comes, new or grown, and steps go through it", () => {
  const store = new WireStore();
  store.take([frame(1, "82")]);
  store.pause();
  store.take([frame(1), frame(2), frame(3)]);
  assert.equal((store.shown[0] as FrameEntry).size, 1);
  assert.equal(store.forward()?.id, 2);
  assert.equal((store.shown[0] as FrameEntry).size, 7);
  assert.deepEqual(ids(store.ahead), [3]);
  assert.equal(store.back()?.id, 1);
  assert.deepEqual(ids(store.ahead), [2, 3]);
  store.resume();
  assert.deepEqual(ids(store.shown), [1, 2, 3]);
  store.rewind();
  assert.deepEqual([ids(store.shown), ids(store.ahead)], [[], [1, 2, 3]]);
  assert.equal(store.forward()?.id, 1);
});

test("one clock counts for all connections, and goes on when entries are forgotten", () => {
  const store = new WireStore();
  store.take([frame(1), frame(2, undefined, { connection: 2 })]);
  assert.equal(store.start, 1001);
  store.clear();
  store.take([frame(3)]);
  assert.equal(store.start, 1001);
});

test("a long pause keeps what is shown and what came first, and leaves out what there is no room for", () => {
  const store = new WireStore();
  store.take(Array.from({ length: KEPT }, (_, index) => frame(index)));
  store.pause();
  store.take(Array.from({ length: KEPT + 3 }, (_, index) => frame(KEPT + index)));
  assert.deepEqual([store.shown.length, store.ahead.length, store.dropped], [KEPT, KEPT, 3]);
  assert.equal(store.back()?.id, KEPT - 2);
  assert.equal(store.ahead[0]?.id, KEPT - 1);
  store.rewind();
  assert.equal(store.forward()?.id, 0);
  assert.equal(store.dropped, 3);
  store.resume();
  assert.deepEqual([store.shown.length, store.shown[0]?.id, store.dropped], [KEPT, KEPT, KEPT + 3]);
});

test("going back shows the last state of what has grown during the pause", () => {
  for (const goBack of ["back", "rewind"] as const) {
    const store = new WireStore();
    store.take([frame(1), frame(2, "82")]);
    store.pause();
    store.take([frame(2)]);
    store[goBack]();
    store.resume();
    assert.equal((store.shown[1] as FrameEntry).size, 7, goBack);
  }
});

test("the store remembers only so many connections, and after clear() counts from nothing", () => {
  const store = new WireStore();
  store.take(Array.from({ length: 2 * KEPT + 1 }, (_, index) => ({ ...frame(index), connection: index })), 2);
  assert.equal(store.dropped, KEPT + 3);
  assert.deepEqual([store.connections.size, store.connections.has(0)], [2 * KEPT, false]);
  store.clear();
  assert.deepEqual([store.connections.size, store.dropped, store.all()], [0, 0, []]);
});

test("a recording has so many entries, and each so many bytes, and no more", () => {
  const many = Array.from({ length: 2 * KEPT }, (_, index) => frame(index));
  assert.equal(parseRecording(JSON.stringify(toRecording("echo", many))).entries.length, 2 * KEPT);
  assert.throws(() => parseRecording(JSON.stringify(toRecording("echo", [...many, frame(2 * KEPT)]))), /more than 2000 entries/);
  const long = (size: number): string => JSON.stringify(toRecording("echo", [frame(1, "00".repeat(size))]));
  assert.equal(parseRecording(long(64 * 1024)).entries.length, 1);
  assert.throws(() => parseRecording(long(67_000)), /Entry 1/);
});

test("a recording is read as it was written, and nothing else is", () => {
  const entries: WireEntry[] = [
    { id: 1, connection: 1, time: 5, kind: "event", what: "open", by: "client" },
    frame(2, "81 00", { problem: { code: 1002, sentence: "No mask.", section: "5.1", step: "protocol-errors" } }),
  ];
  const refusal = { sentence: "It is missing.", section: "4.1", step: "accept-key" };
  entries.push({ ...frame(3), kind: "head", problem: refusal });
  const text = JSON.stringify(toRecording("echo", entries));
  assert.deepEqual(parseRecording(text), toRecording("echo", entries));

  const broken: [string, RegExp][] = [
    ["nothing", /it is not JSON/],
    ["null", /no recording/],
    [text.replace('"version":1', '"version":2'), /version/],
    [text.replace('"open"', '"else"'), /Entry 1/],
    [text.replace('"id":2', '"id":1'), /Entry 2/],
    [text.replace('"gQA="', '"***"'), /Entry 2/],
    [text.replace('"protocol-errors"', '"../../evil"'), /Entry 2/],
    [text.replace('"to-server"', '"sideways"'), /Entry 2/],
  ];
  for (const [file, words] of broken) assert.throws(() => parseRecording(file), words, file);
  assert.equal(parseRecording(text.replace('"echo"', '"<b>"')).slug, undefined);
});

test("rows say what frames are", () => {
  const says = (hex: string, more: Partial<FrameEntry> = {}): string => {
    const { name, flags, size, preview, marks } = summarise(frame(1, hex, more));
    return [name, ...flags, size, preview, ...marks].join("|");
  };
  assert.equal(says("81 02 48 69"), "text|FIN|2 bytes|Hi");
  assert.equal(says("01 82 01 01 01 01 49 68", { cuts: [0, 1, 4] }), "text|MASK|2 bytes|Hi|in 3 chunks");
  assert.equal(says("88 05 03 e8 62 79 65"), "close|FIN|5 bytes|1000 bye");
  assert.equal(says("88 00", { cuts: [] }), "close|FIN|0 bytes||same chunk as before");
  assert.equal(says("c1 02 48 69", { extensions: ["permessage-deflate"] }), "text|FIN|RSV1|2 bytes|(compressed)");
  assert.equal(says("81 02 ff fe"), "text|FIN|2 bytes|ff fe");
  assert.equal(says("81 02 c3", { complete: false }), "text|FIN|2 bytes|");
  assert.equal(says("81 03 e2 80 ae"), "text|FIN|3 bytes|·", "nobody turns the direction of our text");
  assert.equal(says("8b 00"), "opcode 11|FIN|0 bytes|");
});

test("the lines of a head that matter are marked", () => {
  const head = "HTTP/1.1 101 Switching Protocols\r\nDate: today\r\nupgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";
  const entry = { ...frame(1), kind: "head", bytes: Buffer.from(head).toString("base64") } as WireEntry & { kind: "head" };
  assert.deepEqual(headLines(entry, 100).filter(({ matters }) => !matters).map(({ text }) => text), ["Date: today"]);
});

test("of a head with lines without end, so many are looked at", () => {
  const head = `GET / HTTP/1.1\r\n${"\n".repeat(60_000)}x`;
  const entry = { ...frame(1), kind: "head", bytes: Buffer.from(head).toString("base64") } as WireEntry & { kind: "head" };
  assert.equal(headLines(entry, 100).length, 100);
  assert.equal(summarise(entry).preview, "GET / HTTP/1.1");
});

test("each state has its sentence and a way on", () => {
  const state: LabState = {
    server: { status: "none" },
    client: { status: "none" },
    tapPort: 8000,
    tapMoved: false,
    rechunk: { "to-server": "as-is", "to-client": "as-is" },
    pages: 1,
  };
  const known = ["upgrade-listener", "echo"];
  const at = (change: Partial<LabState>, more: Partial<Situation> = {}): string => {
    const bar = describeSituation({ link: "open", state: { ...state, ...change }, slug: "echo", hasClient: true, known, ...more });
    return `${bar.sentence} [${[bar.run, bar.stop ? "Stop" : undefined, bar.client].filter(Boolean).join(", ")}]`;
  };
  const mine = { slug: "echo", run: 1 } as const;
  const other = { slug: "upgrade-listener", run: 1 } as const;
  assert.match(at({}, { link: "none" }), /not running.*npm start.*\[Look again\]/);
  assert.match(at({}, { link: "lost" }), /not answer any more.*\[Try now\]/);
  assert.match(at({}), /\[Run\]$/);
  assert.match(at({}, { slug: "strange" }), /does not know this step/);
  assert.match(at({ server: { ...mine, status: "starting" } }), /starts … \[Stop\]/);
  assert.match(at({ server: { ...mine, status: "running", port: 1 } }), /ws:\/\/localhost:8000\. \[Restart, Stop, Run client\.ts\]/);
  assert.match(at({ server: { ...mine, status: "running", port: 1 }, tapMoved: true, tapPort: 9, pages: 2 }), /localhost:9\. Port 8000 is busy.*2 pages share it/);
  assert.match(at({ server: { ...other, status: "running", port: 1 } }), /Step 01 runs now.*\[Run step 02\]/);
  const ended = { ...mine, status: "ended", signal: null } as const;
  assert.match(at({ server: { ...ended, why: "asked", code: 0 } }), /stopped\. \[Run\]/);
  assert.match(at({ server: { ...ended, why: "itself", code: 1 } }), /crashed, with exit code 1.*stack\. \[Run again\]/);
  assert.match(at({ server: { ...ended, why: "itself", code: null, signal: "SIGKILL" } }), /killed from outside the lab, with SIGKILL\. \[Run again\]/);
});
