import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CheckError } from "../checks/check-error.ts";
import { loadChecks } from "../checks/course.ts";
import { listMistakes } from "../checks/mistakes.ts";
import { courseRoot } from "../lib/root.ts";
import { scratchFolder } from "../lib/scratch.ts";
import { listSteps } from "../lib/steps.ts";
import { writeWhole } from "./atomic.ts";
import { formatClass } from "./class.ts";
import { PracticeFolder } from "./folder.ts";
import { takeLock } from "./lock.ts";
import { lookOf, readSignatures, recogniseMistakes } from "./mistakes.ts";
import { parseProgress } from "./progress.ts";
import { Round } from "./round.ts";
import { watchFiles } from "./watch.ts";

test("progress that makes no sense is none, and what makes sense comes back", () => {
  for (const text of ["", "{", "null", "7", "[]", "{}", '{"version":2,"done":{}}', '{"version":1,"done":5}']) {
    assert.equal(parseProgress(text), undefined, text);
  }
  const progress = { version: 1, step: "echo", command: "go run .", done: { echo: "2026-01-02" } } as const;
  assert.deepEqual(parseProgress(JSON.stringify({ ...progress, other: 1 })), progress);
});

test("a file is written whole, and nothing is left beside it", async () => {
  const folder = scratchFolder({ "a.json": "old" });
  await Promise.all(["new", "newer"].map((text) => writeWhole(join(folder, "a.json"), text)));
  assert.match(readFileSync(join(folder, "a.json"), "utf8"), /^newe?r?$/);
  assert.deepEqual(readdirSync(folder), ["a.json"]);
});

describe("the lock", () => {
  test("is one process's, and nobody's any more when that was killed", () => {
    const file = join(scratchFolder({}), ".lock");
    const release = takeLock(file);
    assert.throws(() => takeLock(file), /A practice runs already/);
    release();
    // No process has so high a number.
    writeFileSync(file, "999999999");
    takeLock(file)();
    assert.ok(!existsSync(file));
  });
});

describe("watching", { timeout: 20_000 }, () => {
  const start = (files: Record<string, string>) => {
    const folder = new PracticeFolder(scratchFolder(files));
    const saves: string[][] = [];
    const watching = watchFiles(folder, (names) => saves.push(names));
    const save = (name: string, text: string): void => writeFileSync(join(folder.path, name), text);
    const until = async (count: number): Promise<void> => {
      while (saves.length < count) await sleep(10);
    };
    return { folder, saves, watching, save, until };
  };

  test("a save in two strokes is one, the same content is none, and our own files are none", async () => {
    const { folder, saves, watching, save, until } = start({ "server.ts": "1", "progress.json": "{}" });
    save("server.ts", "");
    save("server.ts", "2");
    await until(1);
    save("server.ts", "2");
    save("progress.json", "{ }");
    mkdirSync(join(folder.path, "backups/x"), { recursive: true });
    save("backups/x/server.ts", "3");
    save("frame.ts", "4");
    await until(2);
    assert.deepEqual(saves, [["server.ts"], ["frame.ts"]]);
    watching.end();
  });

  test("replaced files, new folders and removed files are seen; what we did ourselves is not", async () => {
    const { folder, saves, watching, save, until } = start({ "server.ts": "1" });
    save(".next", "2");
    renameSync(join(folder.path, ".next"), join(folder.path, "server.ts"));
    await until(1);
    mkdirSync(join(folder.path, "lib"));
    save("lib/frame.ts", "3");
    await until(2);
    rmSync(join(folder.path, "lib/frame.ts"));
    await until(3);
    save("server.ts", "4");
    watching.sync();
    save("other.ts", "5");
    await until(4);
    assert.deepEqual(saves, [["server.ts"], ["lib/frame.ts"], ["lib/frame.ts"], ["other.ts"]]);
    watching.end();
  });
});

describe("a round", { timeout: 60_000 }, () => {
  test("that is given up ends its servers and changes nothing any more", async () => {
    const [, , step] = await loadChecks(listSteps());
    const folder = scratchFolder({
      "server.mjs": "import net from 'node:net'; import { writeFileSync } from 'node:fs'; net.createServer((s) => { s.on('error', () => {}); s.resume(); }).listen(Number(process.env.PORT)); writeFileSync(`pid-${process.pid}`, '');",
    });
    let changes = 0;
    const round = new Round({
      checks: step!.checks,
      command: [process.execPath, "server.mjs"],
      cwd: folder,
      startTime: 20_000,
      patience: 20_000,
      onChange: () => (changes += 1),
    });
    const over = round.run();
    while (round.count("running") < 1) await sleep(10);
    await round.giveUp();
    const before = changes;
    await over;
    assert.equal(changes, before);
    assert.equal(round.isPassed, false);
    const pids = readdirSync(folder).flatMap((name) => /^pid-(\d+)$/.exec(name)?.[1] ?? []);
    assert.ok(pids.length > 0);
    for (const pid of pids) assert.throws(() => process.kill(Number(pid), 0), /ESRCH/);
  });
});

describe("known mistakes", () => {
  const known = readSignatures();

  test("each program in mistakes/ has been recorded: node --import tsx scripts/practice/record-mistakes.ts", () => {
    for (const step of listSteps()) {
      const recorded = known[step.slug]?.mistakes.map(({ name, title, mistake }) => [name, title, mistake]);
      assert.deepEqual(recorded, listMistakes(step).map(({ name, caughtBy, mistake }) => [name, caughtBy, mistake]), step.name);
    }
  });

  test("a failure is recognised whatever the port, and by its own words or by its bytes", () => {
    const failure = (printed: string, received = "HTTP/1.1 101 X\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n") =>
      new CheckError("Nothing on port 4711 within 300 ms.", { printed, conversations: [{ sent: Buffer.alloc(0), received: Buffer.from(received, "latin1") }] });
    const mistake = { name: "a.ts", mistake: "A.", title: "t" };
    const look = lookOf(failure("Listening on port 1\nReceived: W|wo"));
    const list = { mistakes: [{ ...mistake, ...look }], unchanged: {} };
    const names = (error: Error) => {
      const found = recogniseMistakes(list, "t", error);
      return found === "unchanged" ? found : found.mistakes.map(({ name }) => name);
    };
    assert.deepEqual(names(failure("Listening on port 2\nReceived a frame with opcode 1: W|wo")), ["a.ts"]);
    assert.deepEqual(names(failure("Received: Wrong")), []);
    const byWire = lookOf(failure("", "HTTP/1.1 101 X\r\n\r\n\x82\x00"));
    list.mistakes = [{ ...mistake, ...byWire }];
    assert.deepEqual(names(failure("other words", "HTTP/1.1 101 X\r\n\r\n\x82\x00")), ["a.ts"]);
    assert.deepEqual(recogniseMistakes({ mistakes: [], unchanged: { t: look } }, "t", failure("Received: W|wo")), "unchanged");
    // More than three names help nobody.
    list.mistakes = Array.from({ length: 4 }, () => ({ ...mistake, ...byWire }));
    assert.deepEqual(names(failure("", "HTTP/1.1 101 X\r\n\r\n\x82\x00")), []);
  });
});

test("the guide prints the whole program in Python", () => {
  const guide = readFileSync(join(courseRoot, "steps/practice/README.md"), "utf8");
  const program = readFileSync(join(courseRoot, "steps/practice/server.py"), "utf8");
  assert.ok(guide.includes(`\`\`\`python server.py\n${program}\`\`\``));
});

test("a name is a cell of the table, and no formula", async () => {
  const course = await loadChecks(listSteps().slice(0, 1));
  const rows = [{ name: '=1,"2"', step: undefined, result: { steps: [], problem: "no\nmore" } }];
  assert.equal(formatClass(rows, course, "csv"), `name,result\n"'=1,""2""",no`);
});
