import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { WebSocket } from "ws";
import { describePractice } from "../../public/browser/practice-text.ts";
import { freePort } from "../lib/ports.ts";
import { scratchFolder } from "../lib/scratch.ts";
import { LAB_PROTOCOL, type FromLab, type LabState, type PracticeNews } from "./messages.ts";
import { startLab } from "./server.ts";

const failing = { title: "sends a text back", message: "Expected a text frame.", details: "We sent:" };
const state = {
  version: 1,
  pid: process.pid,
  step: { number: 6, slug: "echo" },
  phase: "failing",
  checks: [
    { title: "sends a text back", state: "failed" },
    { title: "counts bytes", state: "passed" },
  ],
  failing,
};

test("the lab tells its pages how it stands with the practice, at every verdict", { timeout: 30_000 }, async () => {
  const folder = scratchFolder({ "progress.json": JSON.stringify({ version: 1, done: { utf8: "2026-01-02" } }) });
  const lab = await startLab({ stepsFolder: scratchFolder({}), sitePort: 3000, tapPort: await freePort(), practiceFolder: folder });
  const socket = new WebSocket(`ws://localhost:${lab.port}/`, LAB_PROTOCOL, { origin: "http://localhost:3000" });
  let last: LabState | undefined;
  const heard = new Set<string>();
  socket.on("message", (data) => {
    const message = JSON.parse(data.toString()) as FromLab;
    heard.add(message.type);
    if (message.type === "hello" || message.type === "state") last = message.state;
  });
  const practice = (): PracticeNews | undefined => last?.practice;
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await once(socket, "message");
  };
  await until(() => practice() !== undefined);
  assert.deepEqual(practice(), { done: { utf8: "2026-01-02" }, isLive: false });
  socket.send(JSON.stringify({ type: "only-practice" }));
  await until(() => last?.pages === 0);

  writeFileSync(join(folder, "state.json"), JSON.stringify(state));
  await until(() => practice()?.phase === "failing");
  const { step, isLive, checks, failing: told } = practice()!;
  assert.deepEqual([step, isLive, checks?.length, told], ["echo", true, 2, failing]);

  writeFileSync(join(folder, "progress.json"), JSON.stringify({ version: 1, done: { echo: "2026-01-03" } }));
  await until(() => practice()?.done["echo"] !== undefined);
  // What makes no sense says nothing; and a process that is gone checks nothing.
  writeFileSync(join(folder, "state.json"), "{");
  await until(() => practice()?.phase === undefined);
  writeFileSync(join(folder, "state.json"), JSON.stringify({ ...state, pid: 999_999_999 }));
  await until(() => practice()?.phase === "failing" && practice()?.isLive === false);
  assert.ok(!heard.has("wire"));
  socket.close();
  await once(socket, "close");
  await lab.close();
});

describe("the news in a sentence", () => {
  const news: PracticeNews = { done: { utf8: "2026-01-02" }, isLive: true, step: "echo", phase: "failing", checks: state.checks as PracticeNews["checks"] & {}, failing };
  const rows: [news: PracticeNews, slug: string, expected: string | undefined][] = [
    [news, "echo", "Your practice: 1 of 2 checks passes. First to fail: “sends a text back”."],
    [{ ...news, isLive: false }, "echo", "Your practice: 1 of 2 checks passes. First to fail: “sends a text back”. (npm run practice does not run at the moment.)"],
    [{ ...news, phase: "checking" as const }, "echo", "Your practice: the checks run …"],
    [{ ...news, phase: "passed", earlier: { passed: 7, total: 7 } }, "echo", "Your practice: 1 of 2 checks passes, and 7 of the steps before. This step is passed."],
    [news, "utf8", "Your practice: you have passed this step."],
    [news, "toString", undefined],
    [{ done: {}, isLive: false }, "echo", undefined],
  ];
  for (const [given, slug, expected] of rows) test(`${given.phase} ${slug} ${given.isLive}`, () => assert.equal(describePractice(given, slug), expected));
});
