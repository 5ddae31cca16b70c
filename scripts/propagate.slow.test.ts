import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { walk } from "./lib/files.ts";
import { runScript, scratchFolder, writeScratch } from "./lib/scratch.ts";

// Whoever runs the tests from a git hook has these set, and ours must not touch that repository.
for (const name of Object.keys(process.env)) if (name.startsWith("GIT_")) delete process.env[name];
Object.assign(process.env, {
  GIT_CONFIG_GLOBAL: devNull,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@localhost",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@localhost",
});

const server = (greeting: string, port: string): string =>
  `import http from "node:http";\n\nconst server = http.createServer();\n\n` +
  `server.on("upgrade", () => {\n  console.log("${greeting}");\n});\n\nserver.listen(${port});\n`;

/**
 * Step 02 changes the port, 03 the greeting, and 04 renames the file. 03 has no client.ts, so that
 * what 04 has is no matter of an edit in 01.
 */
const lessons = {
  ".gitignore": "*.log\n",
  "steps/01-listen/README.md": "# 01: Listen\n",
  "steps/01-listen/server.ts": server("hi", "8000"),
  "steps/01-listen/client.ts": "client\n",
  "steps/02-port/README.md": "# 02: Port\n",
  "steps/02-port/server.ts": server("hi", "port"),
  "steps/02-port/client.ts": "client\n",
  "steps/03-greet/README.md": "# 03: Greet\n",
  "steps/03-greet/server.ts": server("good morning", "port").replaceAll("\n", "\r\n"),
  "steps/04-rename/README.md": "# 04: Rename\n",
  "steps/04-rename/client.ts": "client\n",
  "steps/04-rename/main.ts": `${server("good morning", "port")}// main\n`,
};

function git(root: string, ...args: string[]): void {
  const { status, stderr } = spawnSync("git", ["-c", "core.autocrlf=false", ...args], { cwd: root });
  assert.equal(status, 0, stderr?.toString());
}

function commit(root: string): string {
  git(root, "init", "-q", "--template=");
  git(root, "add", "-A");
  git(root, "commit", "-q", "-m", "The course");
  return root;
}

const course = (more: Record<string, string> = {}): string =>
  commit(scratchFolder({ ...lessons, ...more }));
const propagate = (root: string, ...args: string[]): ReturnType<typeof runScript> =>
  runScript("propagate.ts", args, { root });
const text = (root: string, path: string): string => readFileSync(join(root, path), "utf8");

/** Every file of a course, byte for byte; with `all` those of git too. */
const snapshot = (root: string, all = false): Record<string, string> =>
  Object.fromEntries(
    walk(root, { all })
      .filter((name) => all || !name.startsWith(".git/"))
      .map((name) => [name, readFileSync(join(root, name), "latin1")]),
  );

const edit = (root: string, path: string, from: string, to: string): void => {
  const before = text(root, path);
  assert.ok(before.includes(from), `${path} no longer holds ${from}`);
  writeScratch(root, path, before.replace(from, to));
};

/** An edit that merges everywhere, and one that conflicts with the greeting of step 03. */
const editClean = (root: string): void =>
  edit(root, "steps/01-listen/server.ts", "createServer()", "createServer({})");
const editGreeting = (root: string): void =>
  edit(root, "steps/01-listen/server.ts", '"hi"', '"hello"');

describe("npm run propagate", { concurrency: 2, timeout: 180_000 }, () => {
  test("carries an edit through all later steps, renamed files and line endings included", async () => {
    const root = course();
    editClean(root);
    writeScratch(root, "steps/01-listen/frame.ts", "frame\n");
    edit(root, "steps/01-listen/client.ts", "client", "better client");
    edit(root, "steps/01-listen/README.md", "Listen", "Listening");
    const before = snapshot(root);
    const { code, stdout, stderr } = await propagate(root, "1", "--no-test");

    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    const expected = { ...before };
    for (const path of ["steps/02-port/server.ts", "steps/03-greet/server.ts", "steps/04-rename/main.ts"]) {
      expected[path] = before[path]!.replace("createServer()", "createServer({})");
    }
    for (const step of ["02-port", "03-greet", "04-rename"]) {
      expected[`steps/${step}/frame.ts`] = "frame\n";
    }
    expected["steps/02-port/client.ts"] = "better client\n";
    assert.deepEqual(snapshot(root), expected);

    assert.match(stdout, /^01-listen, edited:\n {2}client\.ts {2}\+1 -1\n {2}frame\.ts {2}new \+1\n/);
    assert.match(stdout, /\nNot carried \(--include would\): README\.md\.\n/);
    assert.match(stdout, /03-greet\n(.*\n)*? {2}client\.ts: ends here: step 03 has no client\.ts/);
    assert.match(stdout, /04-rename\n(.*\n)*? {2}main\.ts: is what server\.ts is called from here on/);
    assert.match(stdout, /may need a look:\n {2}steps\/01-listen\/README\.md\n(.*\n){2} {2}steps\/04-rename\/README/);
    assert.match(stdout, /The tests were not run \(--no-test\)\.\n$/);
  });

  test("stops at a conflict, goes on when it is resolved, and the solution reaches the next step", async () => {
    const root = course();
    editGreeting(root);
    const stopped = await propagate(root, "listen", "--no-test");
    assert.equal(stopped.code, 1);
    const sides = [
      "steps/03-greet/server.ts:6",
      "  step 03",
      '    |   console.log("good morning");',
      "  step 02 (before)",
      '    |   console.log("hi");',
      "  step 02 (edited)",
      '    |   console.log("hello");\n',
    ];
    assert.ok(stopped.stdout.includes(sides.join("\n")), stopped.stdout);
    assert.match(
      stopped.stderr,
      /^Stopped at 03-greet: resolve server\.ts there, then .* --continue \(.*--abort\)\.\n$/,
    );
    assert.match(text(root, "steps/02-port/server.ts"), /"hello"/);
    const marked = text(root, "steps/03-greet/server.ts");
    assert.match(
      marked.replaceAll("\r\n", "~"),
      /~<{7} step 03~[^~]*~\|{7} step 02 \(before\)~[^~]*~={7}~[^~]*~>{7} step 02 \(edited\)~/,
    );

    const inBetween = snapshot(root, true);
    const [again, rehearsal, early, status] = await Promise.all([
      propagate(root, "2"),
      propagate(root, "1", "--dry-run"),
      propagate(root, "--continue"),
      propagate(root, "--status"),
    ]);
    assert.deepEqual([again.code, again.stdout], [1, ""]);
    assert.match(again.stderr, /^A run for step 01-listen is in progress, stopped at 03-greet: [^\n]+\n$/);
    assert.equal(rehearsal.stderr, again.stderr);
    assert.deepEqual([early.code, early.stdout], [1, ""]);
    assert.match(early.stderr, /^steps\/03-greet\/server\.ts:6 still has a conflict marker: .+\n$/);
    assert.match(status.stdout, /at 03-greet:\n {2}steps\/03-greet\/server\.ts:6 has a conflict marker\n/);
    assert.deepEqual(snapshot(root, true), inBetween);

    const solution = marked.replace(/<{7}[^]*>{7}.*/, '  console.log("hello, good morning");');
    writeScratch(root, "steps/03-greet/server.ts", solution);
    const done = await propagate(root, "--continue");
    assert.deepEqual([done.code, done.stderr], [0, ""]);
    assert.equal(text(root, "steps/04-rename/main.ts"), `${server("hello, good morning", "port")}// main\n`);
    assert.match(done.stdout, /Carried to 02-port, 03-greet and 04-rename\./);
    assert.match(done.stdout, /\(--no-test\)/);
    assert.match((await propagate(root, "--continue")).stderr, /^No run is in progress/);
  });

  test("--abort puts back every byte, during a run and after it", async () => {
    const old = { "steps/02-port/lib/old.ts": "old\n", "steps/01-listen/lib/old.ts": "old\n" };
    const root = course(old);
    editGreeting(root);
    rmSync(join(root, "steps/01-listen/lib/old.ts"));
    writeScratch(root, "steps/01-listen/new/frame.ts", "frame\n");
    // Somebody else's work, in files that are not concerned.
    edit(root, "steps/03-greet/README.md", "Greet", "Greeting");
    writeScratch(root, "steps/03-greet/notes.txt", "notes\n");
    const before = snapshot(root);

    assert.equal((await propagate(root, "1", "--no-test")).code, 1);
    assert.ok(!readdirSync(join(root, "steps/02-port")).includes("lib"));
    const state = readFileSync(join(root, ".git/propagate.json"), "utf8");
    writeScratch(root, ".git/propagate.json", state.replace('"stopped"', '"writing"'));
    assert.match((await propagate(root, "1")).stderr, /^A run for step 01-listen was interrupted at 03-greet/);
    const aborted = await propagate(root, "--abort");
    assert.deepEqual([aborted.code, aborted.stderr], [0, ""]);
    assert.match(aborted.stdout, /Your edit of step 01-listen is kept\.\n$/);
    assert.deepEqual(snapshot(root), before);
    assert.ok(!readdirSync(join(root, "steps/02-port")).includes("new"));

    edit(root, "steps/01-listen/server.ts", '"hello"', '"hi"');
    editClean(root);
    const edited = snapshot(root);
    assert.equal((await propagate(root, "1", "--no-test")).code, 0);
    assert.notDeepEqual(snapshot(root), edited);
    assert.match((await propagate(root, "1")).stdout, /No later step needed a change\.\n$/);
    edit(root, "steps/01-listen/server.ts", "{}", "{ a: 1 }");
    const refused = await propagate(root, "1");
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^The edit would reach files .*: the last run made them, and .*--abort takes it back\.\n$/,
    );
    assert.equal((await propagate(root, "--abort")).code, 0);
    edit(root, "steps/01-listen/server.ts", "{ a: 1 }", "{}");
    assert.deepEqual(snapshot(root), edited);

    assert.equal((await propagate(root, "1", "--no-test")).code, 0);
    writeScratch(root, "steps/02-port/server.ts", "edited afterwards\n");
    const late = await propagate(root, "--abort");
    assert.equal(late.code, 1);
    assert.match(late.stderr, /is over, and its files or HEAD have changed since/);
    assert.equal(text(root, "steps/02-port/server.ts"), "edited afterwards\n");
  });

  test("--dry-run shows the diffs and the conflict, and touches nothing", async () => {
    const root = course();
    editClean(root);
    editGreeting(root);
    const before = snapshot(root, true);
    const { code, stdout, stderr } = await propagate(root, "1", "--dry-run");
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout, /02-port\n {2}server\.ts {2}\+2 -2\n {4}@@ -1 \+1 @@\n/);
    assert.match(stdout, /\n {4}-const server.*\n {4}\+const server = http\.createServer\(\{\}\)/);
    assert.match(stdout, /03-greet\n {2}server\.ts {2}conflict\n\nsteps\/03-greet\/server\.ts:6\n/);
    assert.match(stdout, /It would stop at a conflict.*\nA dry run: nothing was changed\.\n$/);
    assert.deepEqual(snapshot(root, true), before);
  });

  test("carries from another base, and step-local files that --include names", async () => {
    const root = course();
    editClean(root);
    edit(root, "steps/01-listen/README.md", "# 01: Listen\n", "# 01: Listen\n\nA line.\n");
    for (const step of ["02-port", "03-greet", "04-rename"]) {
      writeScratch(root, `steps/${step}/README.md`, "# 01: Listen\n");
    }
    git(root, "commit", "-qam", "The edit");
    const [same, unknown] = await Promise.all([
      propagate(root, "1"),
      propagate(root, "1", "--base", "HEAD~1", "--include", "READNE.md"),
    ]);
    assert.deepEqual(same, {
      code: 1,
      stdout: "",
      stderr: "Step 01 has no uncommitted edit: change it first, then propagate.\n",
    });
    assert.equal(unknown.code, 2);
    const { code } = await propagate(root, "1", "--base", "HEAD~1", "--include", "*.md", "--no-test");
    assert.equal(code, 0);
    assert.match(text(root, "steps/04-rename/README.md"), /A line\./);
    assert.match(text(root, "steps/04-rename/main.ts"), /createServer\(\{\}\)/);
  });

  test("runs the tests of the touched steps and of the lessons, and no others", async () => {
    const root = course({
      "package.json": '{ "type": "module" }',
      "tsconfig.json": '{ "compilerOptions": { "types": [] }, "files": ["typed.ts"] }',
      "typed.ts": "export const one: number = 1;\n",
      "steps/02-port/server.test.ts": 'import { test } from "node:test"; test("own", () => {});\n',
      "steps/03-greet/server.test.ts":
        'import { test } from "node:test"; import { readFileSync } from "node:fs";\n' +
        'const carried = readFileSync("steps/03-greet/server.ts", "utf8").includes("{}");\n' +
        'test("later", () => { if (carried) throw new Error("no"); });\n',
      "scripts/lessons/prose.test.ts": 'import { test } from "node:test"; test("prose", () => {});\n',
      "steps/01-listen/server.test.ts": 'throw new Error("not touched");\n',
    });
    edit(root, "steps/02-port/server.ts", "createServer()", "createServer({})");
    const { code, stdout, stderr } = await propagate(root, "2");
    assert.match(stdout, /npm test -- steps\/02-port\/ steps\/03-greet\/ scripts\/lessons\/\n/);
    assert.match(stdout, /tests 3\n[^]*pass 2\n[^]*fail 1\n/);
    assert.equal(code, 1);
    assert.match(stderr, /The edit is carried, but tests fail \(see above\)/);
  });

  test("refuses in one sentence what it cannot do", async () => {
    const root = course();
    const plain = scratchFolder(lessons);
    const lessonOnly = course();
    edit(lessonOnly, "steps/01-listen/README.md", "Listen", "Listening");
    const mixed = course();
    editClean(mixed);
    edit(mixed, "steps/03-greet/server.ts", "port", "8001");
    for (const [folder, args, code, message] of [
      [root, [], 2, /^Which step\?/],
      [root, ["9"], 2, /^There is no step 9: the steps are 1 to 4/],
      [root, ["1", "--abort"], 2, /not --abort and 1\.$/],
      [root, ["--abort", "--dry-run"], 2, /^--dry-run goes with a step, not with --abort\.$/],
      [root, ["4"], 2, /^Step 04-rename is the last one: there is no later step\.$/],
      [root, ["1"], 1, /^Step 01 has no uncommitted edit: change it first, then propagate\.$/],
      [root, ["1", "--base", "nowhere"], 2, /^There is no revision "nowhere" in this checkout\.$/],
      [root, ["--abort"], 1, /^No run is in progress, so there is nothing to abort\.$/],
      [plain, ["1"], 1, /^The course is not in a git checkout/],
      [lessonOnly, ["1"], 1, /^Only README\.md was edited in step 01, and .* --include names them\.$/],
      [mixed, ["1"], 1, /edits of their own, steps\/03-greet\/server\.ts: commit or stash them first\.$/],
    ] as const) {
      const before = snapshot(folder, true);
      const { stdout, stderr, ...result } = await propagate(folder, ...args);
      assert.match(stderr, /^[^\n]+\n$/);
      assert.match(stderr.trimEnd(), message);
      assert.deepEqual({ ...result, stdout }, { code, stdout: "" }, stderr);
      assert.deepEqual(snapshot(folder, true), before);
    }
  });

  test("notices that npm took --no-test for itself, and has a --help", async () => {
    const [taken, help] = await Promise.all([
      runScript("propagate.ts", ["1"], { root: course(), env: { npm_config_test: "" } }),
      propagate(course(), "--help"),
    ]);
    assert.equal(taken.code, 2);
    assert.match(taken.stderr, /^npm took --no-test for itself: /);
    assert.deepEqual([help.code, help.stderr], [0, ""]);
    assert.match(help.stdout, /^Usage: npm run propagate <step>/);
  });

  test("takes a line of the real step switching-protocols to the real step refusals", async () => {
    const steps = fileURLToPath(new URL("../steps", import.meta.url));
    const root = scratchFolder({});
    cpSync(steps, join(root, "steps"), { recursive: true });
    commit(root);
    const names = readdirSync(join(root, "steps")).sort();
    const from = names.findIndex((name) => name.endsWith("-switching-protocols"));
    const to = names.findIndex((name) => name.endsWith("-refusals"));
    for (const name of names.slice(to + 1)) rmSync(join(root, "steps", name), { recursive: true });

    const line = '  console.log("Upgrading to WebSocket protocol");\n';
    const before = snapshot(root);
    edit(root, `steps/${names[from]}/server.ts`, line, `${line}  console.log("Carried");\n`);
    const { code, stdout, stderr } = await propagate(root, "switching-protocols", "--no-test");
    assert.equal(code, 0, stdout + stderr);
    const expected = { ...before };
    for (const name of names.slice(from, to + 1)) {
      const path = `steps/${name}/server.ts`;
      expected[path] = before[path]!.replace(line, `${line}  console.log("Carried");\n`);
    }
    assert.deepEqual(snapshot(root), expected);
  });
});
