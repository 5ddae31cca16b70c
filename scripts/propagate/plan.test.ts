import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { carriedFilter, pathPattern, type Files } from "./files.ts";
import { conflictPassages, firstMarker } from "./merge.ts";
import { planStep, type OnConflict, type StepPlan } from "./plan.ts";

/** Plans one step: what edits `before` into `after`, done to `now`. */
function plan(
  before: Record<string, string>,
  after: Record<string, string>,
  now: Record<string, string>,
  onConflict: OnConflict = "mark",
): StepPlan & { result: Record<string, string> } {
  const previous = { label: "step 02", before: files(before), after: files(after) };
  const planned = planStep(previous, "step 03", files(now), onConflict);
  const result = [...planned.after].map(([name, { data }]) => [name, data.toString("latin1")]);
  return { ...planned, result: Object.fromEntries(result) };
}

function files(texts: Record<string, string>): Files {
  return new Map(
    Object.entries(texts).map(([name, text]) => [
      name,
      { data: Buffer.from(text, "latin1"), mode: 0o644 },
    ]),
  );
}

const server = `import http from "node:http";

const server = http.createServer();

server.on("upgrade", (request, socket) => {
  console.log("upgrading");
  socket.write("101 Switching Protocols");

  socket.on("data", (chunk) => {
    console.log("received");
    socket.write(chunk);
  });

  socket.on("end", () => {
    socket.end();
  });
});

server.listen(8000);
`;
const greets = server.replace("upgrading", "hello");
const logsEnd = server.replace("    socket.end();", '    console.log("the end");\n    socket.end();');

describe("an edit of lines", () => {
  test("is merged with what the next step does to the file", () => {
    const next = server.replace("8000", "port");
    const { result, conflicts, notes } = plan(
      { "server.ts": server },
      { "server.ts": greets },
      { "server.ts": next },
    );
    assert.deepEqual(result, { "server.ts": greets.replace("8000", "port") });
    assert.deepEqual([conflicts, notes], [[], []]);
  });

  test("keeps the line endings of each file, and bytes that are not UTF-8", () => {
    const crlf = (text: string): string => text.replaceAll("\n", "\r\n");
    const next = server.replace("8000", "port /* \xff\xfe */");
    const { result } = plan(
      { a: server, b: crlf(server) },
      { a: crlf(greets), b: greets },
      { a: next, b: crlf(next) },
    );
    const expected = greets.replace("8000", "port /* \xff\xfe */");
    assert.deepEqual(result, { a: expected, b: crlf(expected) });
  });

  test("is no edit if only the line endings differ", () => {
    const { result, notes } = plan(
      { a: server },
      { a: server.replaceAll("\n", "\r\n") },
      { a: "other\n" },
    );
    assert.deepEqual([result, notes], [{ a: "other\n" }, []]);
  });

  test("ends where the next step has it already", () => {
    const next = greets.replace("8000", "port");
    const { result, notes } = plan({ a: server }, { a: greets }, { a: next });
    assert.deepEqual(result, { a: next });
    assert.deepEqual(notes, [{ file: "a", text: "ends here: step 03 has this change already" }]);
  });

  test("ends where the file is gone", () => {
    const { result, notes } = plan(
      { "a.ts": server, b: "b" },
      { "a.ts": greets, b: "b" },
      { b: "b" },
    );
    assert.deepEqual(result, { b: "b" });
    assert.deepEqual(notes, [
      { file: "a.ts", text: "ends here: step 03 has no a.ts and not these lines either" },
    ]);
  });
});

describe("a conflict of lines", () => {
  const theirs = server.replace("upgrading", "good morning").replace("8000", "port");
  const sides = [{ a: server }, { a: greets.replace("chunk)", "data)") }, { a: theirs }] as const;

  test("is marked with three labelled sides, next to what merges", () => {
    const { result, conflicts, labels } = plan(...sides);
    const expected = theirs.replace("chunk)", "data)").replace(
      '  console.log("good morning");\n',
      '<<<<<<< step 03\n  console.log("good morning");\n' +
        '||||||| step 02 (before)\n  console.log("upgrading");\n' +
        '=======\n  console.log("hello");\n>>>>>>> step 02 (edited)\n',
    );
    assert.deepEqual(result, { a: expected });
    assert.deepEqual(conflicts, [{ file: "a", reason: "lines", marked: expected }]);
    assert.deepEqual(conflictPassages(expected, labels), [
      {
        line: 6,
        current: ['  console.log("good morning");'],
        base: ['  console.log("upgrading");'],
        edited: ['  console.log("hello");'],
      },
    ]);
  });

  test("can be looked past: with the edit, or without", () => {
    const favoured = plan(...sides, "favour-edit");
    const expected = theirs.replace("chunk)", "data)").replace("good morning", "hello");
    assert.deepEqual(favoured.result, { a: expected });
    const kept = plan(...sides, "keep");
    assert.deepEqual(kept.result, { a: theirs });
    assert.equal(kept.conflicts.length, 1);
  });

  test("is over when no marker is left; a lesson's own ======= is none", () => {
    const before = "Title\n=======\n";
    assert.equal(firstMarker(before, before), undefined);
    assert.equal(firstMarker("a\r\n=======\r\nb\r\n", "a\nb\n"), 2);
    for (const marker of ["<<<<<<< step 03", "||||||| step 02 (before)", ">>>>>>> step 02 (edited)"]) {
      assert.equal(firstMarker(`${before}${marker}\n`, before), 3);
    }
  });
});

describe("whole files", () => {
  test("that are new are added, but not over one that is there", () => {
    const { result, notes } = plan({}, { a: "a", b: "b", c: "c" }, { b: "b", c: "other" });
    assert.deepEqual(result, { a: "a", b: "b", c: "other" });
    assert.deepEqual(notes, [
      { file: "b", text: "ends here: step 03 has this change already" },
      { file: "c", text: "step 03 has a file of this name already: left as it is" },
    ]);
  });

  test("that are deleted are deleted, unless the next step has changed them", () => {
    const { result, conflicts } = plan({ a: "a\n", b: "b\n" }, {}, { a: "a\r\n", b: "changed\n" });
    assert.deepEqual(result, { b: "changed\n" });
    assert.deepEqual(conflicts, [
      {
        file: "b",
        reason: "step 02 (edited) deletes b, but here it is different from what was deleted: delete it or keep it",
      },
    ]);
  });

  test("that are renamed by the edit are renamed, with what the next step changes in them", () => {
    const next = server.replace("8000", "port");
    const { result } = plan({ "a.ts": server }, { "b.ts": greets }, { "a.ts": next });
    assert.deepEqual(result, { "b.ts": greets.replace("8000", "port") });
  });

  test("that are renamed by the next step get the edit under the new name", () => {
    const next = server.replace("8000", "port");
    const { result, notes } = plan(
      { "a.ts": server },
      { "a.ts": greets },
      { "b.ts": next, "c.ts": "c" },
    );
    assert.deepEqual(result, { "b.ts": greets.replace("8000", "port"), "c.ts": "c" });
    assert.deepEqual(notes, [{ file: "b.ts", text: "is what a.ts is called from here on" }]);
  });

  test("that are not text are replaced, or left to the maintainer", () => {
    const { result, conflicts } = plan(
      { a: "\0a", b: "\0b" },
      { a: "\0A", b: "\0B" },
      { a: "\0a", b: "\0other" },
    );
    assert.deepEqual(result, { a: "\0A", b: "\0other" });
    assert.deepEqual(conflicts.map(({ file }) => file), ["b"]);
  });
});

describe("lines that move to another file", () => {
  // As a lesson would: the handlers become a function in a file of their own, less indented.
  const thin = `import http from "node:http";
import { serve } from "./connection.ts";

const server = http.createServer();

server.on("upgrade", (request, socket) => {
  console.log("upgrading");
  socket.write("101 Switching Protocols");
  serve(socket);
});

server.listen(8000);
`;
  const connection = `import type { Duplex } from "node:stream";

export function serve(socket: Duplex): void {
  socket.on("data", (chunk) => {
    console.log("received");
    socket.write(chunk);
  });

  socket.on("end", () => {
    socket.end();
  });
}
`;
  const moved = 'console.log("the end");\n    socket.end();';

  test("take their edit along, and the other hunks stay", () => {
    const edit = logsEnd.replace("upgrading", "hello");
    const { result, conflicts, notes } = plan(
      { "server.ts": server, "frame.ts": "old\n" },
      { "server.ts": edit, "frame.ts": "old\n" },
      { "server.ts": thin, "connection.ts": connection, "frame.ts": "new\n" },
    );
    assert.deepEqual(conflicts, []);
    assert.deepEqual(result, {
      "server.ts": thin.replace("upgrading", "hello"),
      "connection.ts": connection.replace("socket.end();", moved),
      "frame.ts": "new\n",
    });
    assert.deepEqual(notes, [
      { file: "connection.ts", text: "holds lines of server.ts from here on: their edit goes here" },
    ]);
  });

  test("take it along to another depth", () => {
    const deeper = connection.replace(/^(?=.)/gm, "  ");
    const { result, conflicts } = plan(
      { "server.ts": server },
      { "server.ts": logsEnd },
      { "server.ts": thin, "connection.ts": deeper },
    );
    assert.deepEqual(conflicts, []);
    assert.equal(result["connection.ts"], deeper.replace("socket.end();", moved.replace("\n", "\n  ")));
    assert.equal(result["server.ts"], thin);
  });

  test("take it along when the old file is gone", () => {
    const { result } = plan(
      { "server.ts": server },
      { "server.ts": logsEnd.replace("upgrading", "hello") },
      { "main.ts": thin.slice(0, 40) + "// a different file altogether\n".repeat(30), "connection.ts": connection },
    );
    assert.equal(result["connection.ts"], connection.replace("socket.end();", moved));
  });

  test("conflict in their new place", () => {
    const changed = connection.replace("socket.end();", "socket.destroySoon();");
    const { conflicts } = plan(
      { "server.ts": server },
      { "server.ts": logsEnd },
      { "server.ts": thin, "connection.ts": changed },
    );
    assert.deepEqual(conflicts.map(({ file }) => file), ["connection.ts"]);
  });

  test("conflict there, even if braces make the edit fit in the old place by chance", () => {
    const base = "one();\ntwo();\n}\n\nthree();\nfour();\n";
    const edited = base.replace("}\n", "}\nadded();\n");
    const rest = "import rest;\n}\n\nother();\n";
    const { result, conflicts } = plan(
      { a: base },
      { a: edited },
      { a: rest, b: base.replace("}", "};") },
    );
    assert.deepEqual(conflicts.map(({ file }) => file), ["b"]);
    assert.equal(result["a"], rest);
  });

  test("have not moved into a file that had them before", () => {
    const { result, conflicts } = plan(
      { "server.ts": server, "client.ts": connection },
      { "server.ts": logsEnd, "client.ts": connection },
      { "server.ts": thin, "client.ts": `${connection}// changed\n` },
    );
    assert.deepEqual(conflicts.map(({ file }) => file), ["server.ts"]);
    assert.equal(result["client.ts"], `${connection}// changed\n`);
  });

  test("that are in two files now get the edit in one, and the other is named", () => {
    const { notes } = plan(
      { "server.ts": server },
      { "server.ts": logsEnd },
      { "server.ts": thin, "one.ts": connection, "two.ts": connection },
    );
    assert.deepEqual(notes.at(-1), {
      file: "two.ts",
      text: "has the same lines as one.ts: look whether it needs the edit too",
    });
  });
});

describe("what is carried", () => {
  test("is everything but what belongs to one lesson", () => {
    const carried = carriedFilter([]);
    const shared = ["server.ts", "client.html", "handshake.test.ts", "lib/README.md.ts"];
    for (const name of [...shared, "mistakes.ts", "server_test.ts"]) {
      assert.ok(carried(name), name);
    }
    const local = ["README.md", "hints.md", "server.test.ts", "client.browser.ts"];
    for (const name of [...local, "mistakes/a.ts", "exercises/a/b.ts"]) {
      assert.ok(!carried(name), name);
    }
  });

  test("is more with --include", () => {
    const carried = carriedFilter(["README.md", "mistakes/no-*.ts"]);
    assert.ok(carried("README.md"));
    assert.ok(carried("mistakes/no-key.ts"));
    assert.ok(!carried("mistakes/a.ts"));
    assert.ok(!carried("exercises/a.ts"));
  });

  for (const [glob, yes, no] of [
    ["mistakes", "mistakes/a/b.ts", "my-mistakes/a.ts"],
    ["mistakes/", "mistakes/a.ts", "mistakes.ts"],
    ["*.md", "a/README.md", "README.mdx"],
    ["**/a?.ts", "x/y/ab.ts", "x/a.ts"],
    ["exercises/**", "exercises/a/b.ts", "exercise/a.ts"],
    ["a.ts", "x/a.ts", "x/abts"],
  ] as const) {
    test(`${glob} matches ${yes} and not ${no}`, () => {
      assert.match(yes, pathPattern(glob));
      assert.doesNotMatch(no, pathPattern(glob));
    });
  }
});
