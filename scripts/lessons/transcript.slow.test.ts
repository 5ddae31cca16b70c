import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { scratchFolder } from "../lib/scratch.ts";
import { parseLesson } from "./lesson.ts";
import { parseInstruction } from "./transcript-actions.ts";
import { splitCommand } from "./transcript-commands.ts";
import { compareLines, matchesLine } from "./transcript-compare.ts";
import { checkDumps, matchesMaskedLine } from "./transcript-mask.ts";
import { LessonPorts } from "./transcript-ports.ts";
import { replayLesson, type ReplayOptions, type ReplayPage } from "./transcript-replay.ts";

// Small programs instead of steps, and a page that is none: what a replay lets pass, and what it
// does not. Each failure is a way in which a lesson can drift from what comes.

const root = scratchFolder({
  "package.json": JSON.stringify({
    type: "module",
    scripts: { greet: "node greet.mjs", check: "node greet.mjs", start: "node copy.mjs" },
  }),
  // Prints its arguments, one a line.
  "greet.mjs": "for (const word of process.argv.slice(2)) console.log(word);",
  "copy.mjs": "console.log(process.env.COURSE_ROOT === process.cwd() ? 'the real one' : 'a copy');",
  "fail.mjs": "console.log('1 of 2 checks passed.'); process.exitCode = 1;",
  "crash.mjs": "console.log('hello'); throw new Error('oops');",
  "kill.mjs": "console.log('hello'); process.kill(process.pid, 'SIGKILL');",
  "wait.mjs": "console.log('ready'); setInterval(() => {}, 1000);",
  "deaf.mjs": "process.on('SIGINT', () => {}); console.log('ready'); setInterval(() => {}, 1000);",
  "polite.mjs":
    "process.on('SIGINT', () => { console.log('bye'); process.exit(); });" +
    "console.log('ready'); setInterval(() => {}, 1000);",
  // Prints a line for each request, and answers with what ALLOWED_ORIGINS says.
  "server.mjs": `
    import http from "node:http";
    const server = http.createServer((request, response) => {
      console.log("asked for " + request.url);
      response.end("http://localhost:" + process.env.PORT + " " + process.env.ALLOWED_ORIGINS + "\\n");
    });
    server.listen(process.env.PORT, () => console.log("Listening on port " + process.env.PORT));
  `,
  // Listens where it was told to, and says something else.
  "liar.mjs": "console.log('Listening on port 8000'); setInterval(() => {}, 1000);",
  "stranger.mjs": "console.log('Listening on port 8765'); setInterval(() => {}, 1000);",
  // Prints a masked frame, with another mask each time.
  "frame.mjs": `
    import { randomBytes } from "node:crypto";
    const text = Buffer.from(process.argv[2] ?? "Hi");
    const key = randomBytes(4);
    const bytes = [0x81, 0x80 | text.length, ...key, ...text.map((byte, i) => byte ^ key[i % 4])];
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0"));
    const bits = bytes.map((byte) => byte.toString(2).padStart(8, "0"));
    console.log("Received " + bytes.length + " bytes");
    for (let i = 0; i < bytes.length; i += 4) {
      console.log("  " + hex.slice(i, i + 4).join(" ").padEnd(11) + "   " + bits.slice(i, i + 4).join(" "));
    }
  `,
});

/** A lesson; three quotes stand for a fence, and the indentation goes. */
function lesson(text: string) {
  return parseLesson(text.replace(/^ {4}/gm, "").replaceAll("'''", "```"), "lesson.md");
}

function replay(text: string, options: Partial<ReplayOptions> = {}) {
  return replayLesson(lesson(text), { root, slug: "scratch", ...options });
}

/** The replay finds nothing wrong, and skips nothing. */
async function passes(text: string) {
  assert.deepEqual(await replay(text), []);
}

async function fails(text: string, messages: RegExp[], options: Partial<ReplayOptions> = {}) {
  const error = await replay(text, options).then(
    () => assert.fail("the replay lets it pass"),
    (error: Error) => error,
  );
  assert.equal(error.name, "TranscriptError", error.stack);
  for (const message of messages) assert.match(error.message, message);
}

/** Enough for what comes at once, for cases that wait for what does not come. */
const brief = { patience: 3_000 };

describe("what a replay lets pass", { concurrency: 2 }, () => {
  test("a command with all its output", () =>
    passes(`
    '''console main
    $ npm run greet one -- --two "three  words"
    one
    --two
    three  words
    $ node greet.mjs again
    again
    '''`));

  test("lines that are left out, and placeholders", () =>
    passes(`
    '''console main
    $ node greet.mjs first "port 41234" third fourth
    …
    port <port>
    …
    '''`));

  test("a command that fails on purpose", () =>
    passes("```console main\n$ node fail.mjs\n1 of 2 checks passed.\n```\n"));

  test("a server, a client with the lesson's port, and what the server has printed since", () =>
    passes(`
    '''console server
    $ PORT=8000 node server.mjs
    Listening on port 8000
    '''

    '''console client
    $ curl -s http://localhost:8000/path?x=1
    http://localhost:8000 http://localhost:3000,http://127.0.0.1:3000
    '''

    '''console server
    asked for /path?x=1
    '''

    '''console server
    ^C
    $ node server.mjs
    Listening on port 8000
    '''

    Stop it.

    <!-- stop: server -->`));

  test("a program that may have ended before it is stopped", () =>
    passes(`
    '''console main
    $ node crash.mjs
    hello
    …
    '''

    Stop it, if it still runs.

    <!-- stop: main, if it runs -->`));

  test("what a program says to Ctrl-C", () =>
    passes("```console main\n$ node polite.mjs\nready\n^C\nbye\n```\n"));

  test("a program that writes into the course gets a copy", () =>
    passes("```console main\n$ npm start\na copy\n```\n"));

  test("a frame with another mask than the lesson's", () =>
    passes(`
    '''console main random-mask
    $ node frame.mjs Hi
    Received 8 bytes
      81 82 00 00   10000001 10000010 00000000 00000000
      00 00 48 69   00000000 00000000 01001000 01101001
    '''`));
});

describe("what it does not", { concurrency: 2 }, () => {
  test("a changed line", () =>
    fails(
      "Text.\n\n```console main\n$ node greet.mjs one two three\none\ntow\nthree\n```\n",
      [
        /^lesson\.md:4: The output of "node greet\.mjs one two three" in the terminal "main" differs/,
        /\n {2}the lesson, line 6: tow\n {2}what came: {10}two\n/,
        /\n {2}It printed:\n {4}one\n {4}two\n {4}three$/,
      ],
    ));

  test("a line that does not come", () =>
    fails("```console main\n$ node greet.mjs one\none\ntwo\n```\n", [
      /line 4: two\n {2}what came: +\(nothing more: it has ended with exit code 0\)\n/,
    ]));

  test("a line that a running program does not print", () =>
    fails(
      "```console main\n$ node wait.mjs\nready\nsteady\n^C\n```\n",
      [/line 4: steady\n {2}what came: +\(nothing more within 3 s\)\n[^]*\n {4}ready$/],
      brief,
    ));

  test("a line behind … that does not come", () =>
    fails("```console main\n$ node greet.mjs one two\n…\nthree\n```\n", [/line 4: three\n/]));

  test("a line too many, at the end and in between", async () => {
    await fails("```console main\n$ node greet.mjs one two\none\n```\n", [
      /the lesson: \(the block ends here\)\n {2}what came: +two\n/,
    ]);
    await fails("```console main\n$ node greet.mjs one more two\none\ntwo\n```\n", [
      /line 4: two\n {2}what came: +more\n/,
    ]);
  });

  test("output of a server that no block shows", async () => {
    const script = `
    '''console server
    $ node server.mjs
    Listening on port 8000
    '''

    '''console client
    $ curl -s -o /dev/null http://localhost:8000/
    '''
    `;
    await fails(`${script}
    '''console server
    ^C
    '''`, [/^lesson\.md:12: [^]* has printed something that no block shows, before it is stopped\.\n {2}what came: asked for \//]);
    await fails(`${script}
    '''console other
    $ node greet.mjs
    '''

    '''console server
    asked for /
    '''

    '''console client
    $ curl -s -o /dev/null http://localhost:8000/twice
    '''
    `, [/"node server\.mjs" in the terminal "server" has printed something that no block shows, after this block/]);
  });

  test("the wrong port", async () => {
    await fails("```console main\n$ node stranger.mjs\nListening on port 8000\n^C\n```\n", [
      /what came: +Listening on port 8765\n/,
    ]);
    await fails("```console main\n$ node liar.mjs\nListening on port 8000\n^C\n```\n", [
      /what came: +Listening on port 8000 \(but the port in this run is \d+\)\n/,
    ]);
  });

  test("a crash, even if its stack is left out", async () => {
    await fails("```console main\n$ node crash.mjs\nhello\n…\n```\n", [
      /"node crash\.mjs" has ended with an error that nobody caught\.\n[^]*Error: oops/,
    ]);
    await fails("```console main\n$ node kill.mjs\nhello\n```\n", [/has ended by SIGKILL/]);
  });

  test("a terminal that still runs something else", () =>
    fails("```console main\n$ node wait.mjs\nready\n```\n\n```console main\nready\n$ node greet.mjs\n```\n", [
      /differs/,
    ], brief));

  test("a program that nobody stops", async () => {
    await fails(
      "```console main\n$ node wait.mjs\nready\n```\n",
      [/^lesson\.md:2: "node wait\.mjs" still runs after 3 s, but nothing in the lesson stops it\.[^]*stop: main/],
      brief,
    );
    await fails(
      "```console main\n$ node polite.mjs\nready\n```\n\n```console main\n…\n$ node greet.mjs one\none\n```\n",
      [/^lesson\.md:8: The terminal "main" is busy: nobody has stopped "node polite\.mjs"\./],
    );
  });

  test("a program that does not end at Ctrl-C, or has ended before", async () => {
    await fails("```console main\n$ node deaf.mjs\nready\n^C\n```\n", [/does not end at Ctrl-C/], brief);
    await fails("```console main\n$ node greet.mjs hi\nhi\n```\n\n```console main\n…\nbye\n^C\n```\n", [
      /bye\n {2}what came: +\(nothing more: it has ended with exit code 0\)/,
    ]);
  });

  test("a terminal in which nothing runs", async () => {
    await fails("```console main\nhello\n```\n", [/Nothing runs in the terminal "main"/]);
    await fails("Stop it.\n\n<!-- stop: main -->\n", [/^lesson\.md:3: Nothing runs in the terminal "main"/]);
  });

  test("a server of which no line is shown", () =>
    fails("```console main\n$ node wait.mjs\n…\n^C\n```\n", [/nobody knows when it is ready/]));

  test("commands that want a shell, an unknown program, or npm's own options", async () => {
    await fails("```console main\n$ node greet.mjs | sort\n```\n", [/has no shell, and \| in/]);
    await fails("```console main\n$ no-such-program\n```\n", [/no program "no-such-program"/]);
    await fails("```console main\n$ npm run nothing\n```\n", [/no script "nothing"/]);
    await fails("```console main\n$ npm run greet --loud\n```\n", [/npm takes --loud for itself/]);
    await fails("```console\n$ node greet.mjs\n```\n", [/which terminal it shows/]);
    await fails("```console main random\n$ node greet.mjs\n```\n", [/what "random" means/]);
  });

  test("a frame that says something else, and one that is no frame", async () => {
    const block = (rows: string) => `\`\`\`console main random-mask\n$ node frame.mjs Ho\nReceived 8 bytes\n${rows}\n\`\`\`\n`;
    await fails(
      block("  81 82 00 00   10000001 10000010 00000000 00000000\n  00 00 48 69   00000000 00000000 01001000 01101001"),
      [/the lesson's frame says "Hi", and the one that came "Ho"/],
    );
    await fails(
      block("  81 82 00 00   10000001 10000010 00000000 00000000\n  00 00 48 6f   00000000 00000000 01001000 01101001"),
      [/The lesson has hex and bits that do not agree: 00 00 48 6f/],
    );
    await fails(
      block("  82 82 00 00   10000010 10000010 00000000 00000000\n  00 00 48 6f   00000000 00000000 01001000 01101111"),
      [/the lesson has 82 82, and 81 82 came/],
    );
  });
});

describe("pages", () => {
  /** A page whose buttons add lines to its log. */
  function fakeBrowser(buttons: Record<string, string[]>, words: string[] = []) {
    const opened: string[] = [];
    const open = async (address: string, port: number): Promise<ReplayPage> => {
      opened.push(new URL(address).pathname);
      const log = [`new WebSocket("ws://localhost:8000")`];
      return {
        look: async () => ({ log }),
        press: async (button) => {
          if (buttons[button] === undefined) throw new Error(`There is no button ${button}.`);
          log.push(...buttons[button]);
        },
        fill: async (label, text) => void log.push(`${label} = ${text}`),
        expectState: async (state) => {
          if (state !== "OPEN") throw new Error(`The state is OPEN, not ${state}.`);
        },
        expectWords: async (pattern) => {
          const found = words.map((word) => word.replace("PORT", String(port))).find((word) => pattern.test(word));
          return found ?? assert.fail(`Nobody said ${pattern}`);
        },
        close: async () => {},
      };
    };
    return { opened, browser: { name: "Chromium" as const, open } };
  }

  const blocks = `
    Open the page, and press Send.

    <!-- page: open; state OPEN; type "Hello" into Message; click Send -->

    The state is OPEN. Type Hello into Message.

    '''page
    new WebSocket("ws://localhost:8000")
    Message = Hello
    send("Hello")
    '''

    '''console chromium
    It is at ws://localhost:8000/!
    '''

    '''page firefox
    something else
    '''

    '''console firefox
    something else
    '''
  `;

  test("the log, and the browser's words, for the browser that is meant", async () => {
    const { browser, opened } = fakeBrowser({ Send: ['send("Hello")'] }, ["It is at ws://localhost:PORT/!"]);
    assert.deepEqual(await replay(blocks, { browser }), []);
    assert.deepEqual(opened, ["/steps/scratch/client.html"]);
  });

  test("a line of the log that differs, is missing, or is too much", async () => {
    const said = ["It is at ws://localhost:PORT/!"];
    const wrong = fakeBrowser({ Send: ['send("Hi")'] }, said);
    await fails(blocks, [
      /^lesson\.md:8: The log of the page in Chromium differs from this block\.\n/,
      /line 11: send\("Hello"\)\n {2}what came: +send\("Hi"\)\n {2}The log:\n {4}new WebSocket/,
    ], wrong);
    const missing = fakeBrowser({ Send: [] }, said);
    await fails(blocks, [/send\("Hello"\)\n {2}what came: +\(nothing more\)/], { ...missing, patience: 200 });
    const surplus = fakeBrowser({ Send: ['send("Hello")', "error"] }, said);
    await fails(blocks, [/has logged something that no block shows\.\n {2}what came: error\n/], surplus);
  });

  test("words that the browser does not say, and a button that is not there", async () => {
    await fails(blocks, [/^lesson\.md:14: Chromium does not say line 15: It is at ws:\/\/localhost:8000/],
      fakeBrowser({ Send: ['send("Hello")'] }, ["It is at ws://localhost:PORT/!!"]));
    await fails(blocks, [/Chromium: There is no button Send\./], fakeBrowser({}));
  });

  test("what the prose does not tell the reader", async () => {
    const { browser } = fakeBrowser({ Send: [] });
    const cases: [string, RegExp][] = [
      ["Look.\n\n<!-- page: open -->\n", /neither links to it nor says so/],
      ["Open it.\n\n<!-- page: open; click Send -->\n", /does not tell the reader to press Send/],
      ["Open it and press Send.\n\n<!-- page: open; click Send 6 times -->\n", /does not say 6 times/],
      ["Open it.\n\n<!-- page firefox: open -->\n", /does not name that browser/],
      ["Open it.\n\n<!-- page: open; state OPEN -->\n", /does not say that the state is OPEN/],
      ["Wait.\n\n<!-- stop: server -->\n", /does not tell the reader to stop it/],
      ["Stop it.\n\n<!-- stop: server, if it runs -->\n", /does not say that "server" may have ended/],
      ["Open it.\n\n<!-- page: opne -->\n", /does not understand "opne"/],
      ["```page\nopen\n```\n", /No page has been opened/],
    ];
    for (const [text, message] of cases) await fails(text, [message], { browser });
  });

  test("without a browser, pages are skipped, and what only they cause", async () => {
    const skipped = await replay(`
    '''console server
    $ node server.mjs
    Listening on port 8000
    '''

    Open the page.

    <!-- page: open -->

    '''page
    open
    '''

    '''console server
    asked for a page
    '''

    '''console other
    $ node greet.mjs one
    one
    '''`);
    assert.deepEqual(skipped.map(({ line }) => line), [9, 11, 15]);
    await fails("Open it.\n\n<!-- page: open -->\n\n```console main\n$ node greet.mjs one\ntwo\n```\n", [/two/]);
  });
});

describe("the parts", () => {
  test("commands are split without a shell", () => {
    assert.deepEqual(splitCommand(`node -p "a('b')" 'c "d"' e\\ f --g="h i" ""`), [
      "node", "-p", "a('b')", 'c "d"', "e f", "--g=h i", "",
    ]);
    for (const text of ["a | b", "a > b", "a; b", "a && b", "a $b", 'a "$b"', "a `b`", "a *", "a 'b", 'a "b']) {
      assert.throws(() => splitCommand(text), /has no shell/, text);
    }
  });

  const fits: [string[], string[], boolean, number][] = [
    [["a", "b"], ["a", "b"], true, 2],
    [["a"], ["a", "b"], false, 1],
    [["…", "b"], ["a", "b", "b"], false, 2],
    [["…", "b"], ["b", "a", "b"], true, 3],
    [["a", "…"], ["a"], true, 1],
    [["a", "…", "c", "…", "e"], ["a", "b", "c", "d", "e"], true, 5],
    [["a", "…", "b", "c"], ["a", "b", "b", "c"], true, 4],
    [["…"], [], true, 0],
    [[], [], true, 0],
  ];
  for (const [expected, actual, ended, taken] of fits) {
    test(`[${expected}] fits [${actual}]${ended ? "" : "..."}`, () => {
      const open = expected.at(-1) === "…";
      assert.deepEqual(compareLines(expected, actual, ended), { fits: true, taken, open });
    });
  }

  const differs: [string[], string[], boolean, string | undefined, string | undefined, boolean][] = [
    [["a", "b"], ["a", "c"], false, "b", "c", true],
    [["a", "b"], ["a"], false, "b", undefined, false],
    [["a", "b"], ["a"], true, "b", undefined, true],
    [["a"], ["a", "b"], true, undefined, "b", true],
    [["…", "b", "c"], ["a", "b", "d"], false, "c", "d", false],
    [["…", "b"], ["b", "c"], true, undefined, "c", true],
    [["a", "…", "z"], ["a", "b"], true, "z", undefined, true],
  ];
  for (const [expected, actual, ended, line, came, final] of differs) {
    test(`[${expected}] differs from [${actual}]${ended ? "" : "..."}`, () => {
      const { row, position, ...result } = { row: 0, position: 0, ...compareLines(expected, actual, ended) };
      assert.deepEqual(result, { fits: false, expected: line, actual: came, final });
      assert.deepEqual([expected[row], actual[position]], [line, came]);
    });
  }

  const lines: [string, string, boolean][] = [
    ["port <port>", "port 8000", true],
    ["port <port>", "port x", false],
    ["port <port>", "port 0", false],
    ["Date: <date>", "Date: Sun, 22 Nov 2026 07:59:37 GMT", true],
    ["Date: <date>", "Date: today", false],
    ["Key: <key>", "Key: dGhlIHNhbXBsZSBub25jZQ==", true],
    ["Key: <key>", "Key: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", false],
    ["<time>", "12.5 ms", true],
    ["<time>", "soon", false],
    ["a <b> (c)", "a <b> (c)", true],
    ["a.c <port>", "abc 80", false],
  ];
  for (const [expected, actual, result] of lines) {
    test(`"${expected}" ${result ? "is" : "is not"} "${actual}"`, () => {
      assert.equal(matchesLine(expected, actual), result);
    });
  }

  test("dumps agree in their layout, and say what the page has sent", () => {
    const row = "  81 80 01 02   10000001 10000000 00000001 00000010";
    assert.ok(matchesMaskedLine(row, "  81 80 ff 02   10000001 10000000 11111111 00000010"));
    assert.ok(!matchesMaskedLine(row, "  81 80 ff   10000001 10000000 11111111"));
    assert.ok(!matchesMaskedLine(row, " 81 80 01 02    10000001 10000000 00000001 00000010"));
    const dump = [row, "  03 04         00000011 00000100"];
    assert.equal(checkDumps(dump, dump, []), undefined);
    assert.match(checkDumps(dump, dump, ["Hi"]) ?? "", /the frame says "", but the page has sent "Hi"/);
    assert.match(checkDumps([row], [row], []) ?? "", /4 bytes, but its header says that it has 6/);
    assert.match(checkDumps(["no dump"], ["no dump"], []) ?? "", /the block has none/);
  });

  test("ports are changed on the way in and back on the way out", async () => {
    const ports = new LessonPorts(41999);
    const real = await ports.real(8000);
    assert.deepEqual(await ports.inArguments(["--port", "8000", "ws://localhost:8000/8000", "8000"]), [
      "--port", String(real), `ws://localhost:${real}/8000`, "8000",
    ]);
    assert.equal(ports.toLesson(`port ${real}, http://127.0.0.1:41999/`), "port 8000, http://127.0.0.1:3000/");
    assert.equal(ports.toLesson("8000 bytes"), "8000 bytes");
  });

  test("instructions", () => {
    assert.equal(parseInstruction("prettier-ignore"), undefined);
    assert.deepEqual(parseInstruction('page firefox foreign: open; click Connect again; type "a; b" into Message;'), {
      kind: "page",
      browser: "Firefox",
      foreign: true,
      actions: [
        { kind: "open" },
        { kind: "click", button: "Connect again", times: 1 },
        { kind: "type", text: "a; b", field: "Message" },
      ],
    });
    assert.throws(() => parseInstruction("page safari: open"), /no page "safari"/);
    assert.throws(() => parseInstruction("stop: a b"), /is stopped by/);
  });
});
