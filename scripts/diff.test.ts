import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runScript, scratchFolder, startScript } from "./lib/scratch.ts";

const server = "one\ntwo\nthree\n";
const root = scratchFolder({
  "steps/01-first/README.md": "# 01: First\n",
  "steps/01-first/server.ts": server,
  "steps/01-first/client.ts": "gone\n",
  "steps/01-first/client.html": "<p>1</p>\n",
  "steps/02-second/README.md": "# 02: Second\n",
  "steps/02-second/server.ts": server.replace("two", "zwei"),
  "steps/02-second/handshake.ts": "new\nfile\n",
  "steps/02-second/client.html": "<p>1</p>\r\n",
  "steps/02-second/server.test.ts": "test\n",
  "steps/02-second/mistakes/no-key.ts": "mistake\n",
  "steps/02-second/exercises/answer.ts": "answer\n",
  "steps/03-third/README.md": "# 03: Third\n",
  "steps/03-third/server.ts": server.replace("two", "zwei"),
  "steps/03-third/handshake.ts": "new\nfile\n",
  "steps/03-third/client.html": "<p>1</p>\n",
});
const diff = (args: string[], env: Record<string, string> = {}): ReturnType<typeof runScript> =>
  runScript("diff.ts", args, { root, env });

const expected = `server.ts
--- steps/01-first/server.ts
+++ steps/02-second/server.ts
@@ -1,3 +1,3 @@
 one
-two
+zwei
 three

handshake.ts (new file)
--- /dev/null
+++ steps/02-second/handshake.ts
@@ -0,0 +1,2 @@
+new
+file

client.ts (removed file)
--- steps/01-first/client.ts
+++ /dev/null
@@ -1,1 +0,0 @@
-gone
`;

describe("npm run diff", { concurrency: 2 }, () => {
  test("shows the code that changed, and nothing else", async () => {
    assert.deepEqual(await diff(["1", "second"]), { code: 0, stdout: expected, stderr: "" });
  });

  test("with one step compares it with the one before", async () => {
    assert.equal((await diff(["02-second"])).stdout, expected);
  });

  test("shows the first step as new", async () => {
    const { stdout } = await diff(["1", "--stat"]);
    assert.equal(
      stdout,
      "server.ts    +3 (new)\nclient.ts    +1 (new)\nclient.html  +1 (new)\n3 files, +5 -0\n",
    );
  });

  test("--stat counts lines", async () => {
    const { stdout } = await diff(["1", "2", "--stat"]);
    assert.equal(
      stdout,
      "server.ts     +1 -1\nhandshake.ts  +2 (new)\nclient.ts     -1 (removed)\n3 files, +3 -2\n",
    );
  });

  test("--all shows lessons, tests, mistakes and exercises too", async () => {
    const { stdout } = await diff(["1", "2", "--all", "--stat"]);
    assert.deepEqual(
      stdout.split("\n").slice(0, -2).map((line) => line.split(" ")[0]),
      [
        "server.ts",
        "handshake.ts",
        "client.ts",
        "README.md",
        "exercises/answer.ts",
        "mistakes/no-key.ts",
        "server.test.ts",
      ],
    );
  });

  test("says so when nothing changed", async () => {
    const [code, all] = await Promise.all([diff(["2", "3"]), diff(["3", "3", "--all"])]);
    assert.deepEqual(code, { code: 0, stdout: "Steps 2 and 3 have the same code.\n", stderr: "" });
    assert.equal(all.stdout, "Steps 3 and 3 have the same files.\n");
  });

  test("colours on demand only", async () => {
    const [plain, forced, forbidden] = await Promise.all([
      diff(["2"]),
      diff(["2"], { FORCE_COLOR: "1" }),
      diff(["2"], { FORCE_COLOR: "0" }),
    ]);
    assert.ok(forced.stdout.includes("\x1b[32m+zwei\x1b[39m\n"));
    assert.ok(forced.stdout.includes("\x1b[31m-two\x1b[39m\n"));
    assert.equal(forced.stdout.replace(/\x1b\[\d+m/g, ""), plain.stdout);
    assert.equal(forbidden.stdout, plain.stdout);
  });

  test("survives a reader that has seen enough", async () => {
    const { child, ended } = startScript("diff.ts", ["1", "2"], { root });
    child.stdout?.destroy();
    const { code, stderr } = await ended;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  });

  test("turns wrong arguments into one sentence", async () => {
    const [none, three, unknown] = await Promise.all([diff([]), diff(["1", "2", "3"]), diff(["1", "9"])]);
    assert.deepEqual(none, {
      code: 2,
      stdout: "",
      stderr: "Which steps? Give one or two, as in npm run diff 2 3.\n",
    });
    assert.equal(three.code, 2);
    assert.equal(three.stderr, 'npm run diff compares two steps, so "3" is too much.\n');
    assert.equal(unknown.code, 2);
    assert.equal(unknown.stderr, "There is no step 9: the steps are 1 to 3 (first, second, third).\n");
  });

  test("--help", async () => {
    const { code, stdout, stderr } = await diff(["--help"]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout, /^Usage: npm run diff/);
  });
});
