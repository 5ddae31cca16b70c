import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listSteps } from "../lib/steps.ts";
import { readStepFiles, toLines, type StepFiles } from "./changes.ts";
import { checkCode } from "./code.ts";
import { assertNoFindings, describeFinding } from "./finding.ts";
import { parseLesson, readLesson } from "./lesson.ts";

describe("the code blocks of the lessons stand in the steps, and show every change", () => {
  const steps = listSteps();
  for (const [index, step] of steps.entries()) {
    test(step.name, () => {
      const previous = steps[index - 1];
      const before = previous && readStepFiles(previous);
      assertNoFindings(checkCode(readLesson(step.folder), readStepFiles(step), before));
    });
  }
});

const OLD = `import http from "node:http";

const server = http.createServer();

server.on("upgrade", () => {
  console.log("Upgrading");
});
`;
const NEW = `import http from "node:http";

const server = http.createServer();

server.on("upgrade", (request, socket) => {
  console.log("Upgrading");
  socket.write("Hello");
  socket.end();
});
`;
const CHANGE = `
\`\`\`diff server.ts
-server.on("upgrade", () => {
+server.on("upgrade", (request, socket) => {
   console.log("Upgrading");
+  socket.write("Hello");
+  socket.end();
\`\`\`
`;

function stepOf(name: string, files: Record<string, string>): StepFiles {
  const lines = Object.entries(files).map(([file, text]) => [file, toLines(text)] as const);
  return { name, files: new Map(lines) };
}

/** What the gate says about a lesson of a step 02 that turns OLD into NEW. */
function check(
  text: string,
  { now = { "server.ts": NEW }, before = { "server.ts": OLD } }: Partial<Record<"now" | "before", Record<string, string>>> = {},
): string[] {
  const lesson = parseLesson(text, "steps/02-new/README.md");
  return checkCode(lesson, stepOf("02-new", now), stepOf("01-old", before)).map(describeFinding);
}

/** One finding, with these parts in it. */
function assertFinding(findings: string[], ...parts: (string | RegExp)[]): void {
  assert.equal(findings.length, 1, findings.join("\n\n"));
  for (const part of parts) {
    if (typeof part === "string") assert.ok(findings[0]?.includes(part), findings[0]);
    else assert.match(findings[0] ?? "", part);
  }
}

describe("blocks that are right", () => {
  test("a diff of all that changes", () => assert.deepEqual(check(CHANGE), []));

  test("left-out lines, in a file and in a diff", () => {
    const quote = '```ts server.ts\nimport http from "node:http";\n\n// …\n  socket.end();\n});\n```\n';
    assert.deepEqual(check(CHANGE + quote), []);
    const elided = CHANGE.replace('   console.log("Upgrading");', "   // …");
    assert.deepEqual(check(elided), []);
    assert.deepEqual(check(elided.replace("   // …", "// …")), []);
  });

  test("an empty context line without its blank", () => {
    const hunk = '```diff server.ts\n const server = http.createServer();\n\n-server.on("upgrade", () => {\n';
    assert.deepEqual(check(CHANGE.replace('\n```diff server.ts\n-server.on("upgrade", () => {\n', hunk)), []);
  });

  test("a block in a list, indented as the list", () => {
    const indented = CHANGE.trim().replace(/^/gm, "   ");
    assert.deepEqual(check(`1. First:\n\n   <details>\n\n${indented}\n\n   </details>\n`), []);
  });

  test("an exercise, and what is no code", () => {
    const now = { "server.ts": NEW, "exercises/more.ts": "more();\n" };
    const blocks = "```ts exercises/more.ts\nmore();\n```\n```text\nx\n```\n```console a\n$ x\n```\n";
    assert.deepEqual(check(CHANGE + blocks, { now }), []);
  });
});

describe("a block that does not stand in the file", () => {
  test("a typo: both lines, and the column", () => {
    const findings = check(CHANGE.replace('socket.write("Hello")', 'socket.write("Hallo")'));
    assertFinding(
      findings,
      'steps/02-new/README.md:6: The block ```diff server.ts (line 2) is not what stands in steps/02-new/server.ts.',
      '  the lesson says:     socket.write("Hallo");\n' +
        '  server.ts, line 7:   socket.write("Hello");\n' +
        "                                      ^ column 18",
    );
  });

  test("a typo in the first line", () => {
    const block = '```ts server.ts\nconst sever = http.createServer();\n\nserver.on("upgrade", (request, socket) => {\n```\n';
    assertFinding(check(CHANGE + block), "README.md:10:", "server.ts, line 3:", "^ column 9");
  });

  test("other indentation", () => {
    const block = '```ts server.ts\nsocket.write("Hello");\n```\n';
    assertFinding(check(CHANGE + block), "server.ts, line 7:", "^ column 1");
  });

  test("a line left out without saying so", () => {
    const findings = check(CHANGE.replace('+  socket.write("Hello");\n', ""));
    assertFinding(
      findings,
      "README.md:6:",
      'server.ts, line 7:   socket.write("Hello");',
      'The lesson\'s line stands in line 8. Left-out lines are marked by a line "// …".',
    );
  });

  test("a line that is nowhere", () => {
    const block = "```ts server.ts\nqwertyuiop: while (true) asdf();\n```\n";
    assertFinding(check(CHANGE + block), "README.md:10:", "No line of server.ts is like it.");
  });

  test("parts in the wrong order", () => {
    const block = '```ts server.ts\n  socket.end();\n// …\nimport http from "node:http";\n```\n';
    assertFinding(check(CHANGE + block), "README.md:12:", "above what the block shows before it");
  });

  test("a context line of a diff that the step before does not have", () => {
    const findings = check(CHANGE.replace('+  socket.write("Hello");', '   socket.write("Hello");'));
    assertFinding(findings, "README.md:6:", "not what stands in steps/01-old/server.ts");
  });

  test("a removed line that the step before does not have", () => {
    const findings = check(CHANGE.replace('-server.on("upgrade", () => {', '-server.on("upgrade", (request) => {'));
    assertFinding(findings, "README.md:3:", "steps/01-old/server.ts", "^ column 23");
  });
});

describe("a block that says something wrong about itself", () => {
  const cases: [name: string, block: string, message: string][] = [
    ["no file", "```ts\nx();\n```\n", "README.md:9: This block does not say which file it quotes: ```ts FILE."],
    ["no such file", "```ts sever.ts\nx();\n```\n", "02-new has no file sever.ts."],
    ["a file of another step", "```ts ../01-old/server.ts\nx();\n```\n", "02-new has no file ../01-old/server.ts."],
    ["two files", "```ts a.ts b.ts\nx();\n```\n", '"b.ts" is too much'],
    ["another language", "```ts client.html\nx();\n```\n", "client.html is no file of the language ts"],
    ["an unknown kind", "```typescript server.ts\nx();\n```\n", 'no kind of block "typescript". The kinds are: ts FILE, js FILE'],
    ["no kind", "```\nx();\n```\n", 'no kind of block ""'],
    ["code as text", "```text server.ts\nx();\n```\n", "must not claim to be server.ts"],
    ["nothing in it", "```ts server.ts\n\n```\n", "This block of server.ts is empty"],
    ["no mark in a diff", "```diff server.ts\nsocket.end();\n```\n", 'begins with " ", "+" or "-"'],
    ["indented code", "\n    x();\n", "Indented text is a code block"],
    ["hidden in HTML", "\n<details>\n```ts server.ts\nx();\n```\n</details>\n", "README.md:11: This code block belongs to the HTML above"],
    ["never closed", "```ts server.ts\n});\n", "README.md:9: This code block is never closed"],
  ];
  for (const [name, block, message] of cases) {
    test(name, () => assertFinding(check(CHANGE + block), message));
  }
});

describe("a change that the lesson does not show", () => {
  test("a new line", () => {
    const findings = check(CHANGE.replace("+  socket.end();\n", ""));
    assertFinding(
      findings,
      "README.md:2: The step adds this to server.ts, and no block of the lesson shows it:\n     8 |   socket.end();",
    );
  });

  test("a removed line", () => {
    const findings = check(CHANGE.replace('-server.on("upgrade", () => {\n', ""));
    assertFinding(findings, "The step removes this from server.ts", '   5 | server.on("upgrade", () => {');
  });

  test("a bracket", () => {
    const now = { "server.ts": NEW, "frame.ts": "a(() => {\n  b();\n});\n" };
    const block = "```ts frame.ts\na(() => {\n  b();\n```\n";
    assertFinding(check(CHANGE + block, { now }), "     3 | });");
  });

  test("all of it", () => {
    const findings = check("Nothing.\n");
    assert.equal(findings.length, 3, findings.join("\n"));
  });

  test("a new line equal to one that is shown elsewhere", () => {
    const now = { "server.ts": `${NEW}\nsetTimeout(() => {\n  socket.end();\n}, 1);\n` };
    const shown = "```diff server.ts\n+setTimeout(() => {\n```\n```diff server.ts\n+}, 1);\n```\n";
    assertFinding(check(CHANGE + shown, { now }), "    12 |   socket.end();");
  });

  test("a new module, and one that nobody mentions any more", () => {
    const now = { "server.ts": NEW, "frame.ts": "a();\n\nb();\n" };
    assertFinding(check(`${CHANGE}\`\`\`ts frame.ts\na();\n\`\`\`\n`, { now }), "     3 | b();");
    const before = { "server.ts": OLD, "client.ts": "c();\n" };
    assertFinding(check(CHANGE, { before }), "The step drops client.ts, and the lesson does not mention it.");
    assert.deepEqual(check(`${CHANGE}We drop \`client.ts\`.\n`, { before }), []);
  });

  test("the script of a page, but not its markup", () => {
    const page = (title: string, script: string): string =>
      `<title>${title}</title>\n<script>\n  const $ = 1;\n${script}</script>\n`;
    const before = { "server.ts": OLD, "client.html": page("one", "") };
    const now = { "server.ts": NEW, "client.html": page("two", "  connect();\n") };
    assertFinding(check(CHANGE, { now, before }), "adds this to client.html", "     4 |   connect();");
    assert.deepEqual(check(`${CHANGE}\`\`\`html client.html\n  connect();\n\`\`\`\n`, { now, before }), []);
  });

  test("not in tests, exercises and mistakes", () => {
    const others = ["server.test.ts", "client.browser.ts", "exercises/a.ts", "mistakes/a.ts", "fixture.txt"];
    const now = { "server.ts": NEW, ...Object.fromEntries(others.map((file) => [file, "x();\n"])) };
    assert.deepEqual(check(CHANGE, { now }), []);
  });
});

describe("a line that is marked as changed and is not", () => {
  test("new, but it was there before", () => {
    const block = '```diff server.ts\n+import http from "node:http";\n```\n';
    assertFinding(check(CHANGE + block), "README.md:10:", 'marked with "+", but it has been there before');
  });

  test("gone, but it is still there", () => {
    const block = '```diff server.ts\n-import http from "node:http";\n```\n';
    assertFinding(check(CHANGE + block), "README.md:10:", 'marked with "-", but it is still there');
  });

  test("of two equal lines, either may be the new one", () => {
    const before = { "server.ts": "a();\nwait();\nb();\n" };
    const now = { "server.ts": "a();\nwait();\nwait();\nb();\n" };
    for (const hunk of [" a();\n+wait();\n wait();\n", " wait();\n+wait();\n b();\n"]) {
      assert.deepEqual(check(`\`\`\`diff server.ts\n${hunk}\`\`\`\n`, { now, before }), []);
    }
  });
});

test("the first step shows all of its modules, and of its page what it likes", () => {
  const step = stepOf("01-old", { "server.ts": OLD, "client.html": "<script>\nx();\n</script>\n" });
  const whole = parseLesson(`\`\`\`ts server.ts\n${OLD}\`\`\`\n`);
  assert.deepEqual(checkCode(whole, step), []);
  const part = parseLesson('```ts server.ts\nimport http from "node:http";\n```\n');
  assert.equal(checkCode(part, step).length, 2);
  const diff = parseLesson(`\`\`\`ts server.ts\n${OLD}\`\`\`\n\`\`\`diff server.ts\n-x();\n\`\`\`\n`);
  assertFinding(checkCode(diff, step).map(describeFinding), "There is no step before");
});
