import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, test } from "node:test";
import { runScript } from "../lib/scratch.ts";
import { firstDifference, hex, readable } from "./bytes.ts";
import { parseResponse } from "./http-response.ts";
import { ServerUnderTest } from "./server-under-test.ts";
import { upgradeRequest } from "./upgrade-request.ts";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const check = "check.ts";

describe("bytes", () => {
  test("hex cuts what is long, and says so", () => {
    assert.equal(hex(Buffer.from([0, 15, 255])), "00 0f ff");
    assert.equal(hex(Buffer.alloc(66), 64).endsWith("00 … and 2 more"), true);
  });

  test("the first difference names the byte in hex and in bits", () => {
    assert.equal(firstDifference(Buffer.from("a\n"), Buffer.from("a\r")), "byte 1 is 0a (00001010), expected 0d (00001101)");
    assert.equal(firstDifference(Buffer.from("a"), Buffer.from("ab")), "byte 1 is missing, expected 62 (01100010)");
    assert.equal(firstDifference(Buffer.from("ab"), Buffer.from("a")), "byte 1 is 62 (01100010), expected missing");
    assert.equal(firstDifference(Buffer.from("ab"), Buffer.from("ab")), undefined);
  });

  test("text is shown as text, bytes as hex, a response with frames behind it as both", () => {
    assert.equal(readable(Buffer.from("GET /\r\nA: b\r\n\r\n")), "GET /\nA: b");
    assert.equal(readable(Buffer.from([0x81, 0x00])), "81 00");
    assert.equal(readable(Buffer.alloc(0)), "(nothing)");
  });
});

describe("parseResponse", () => {
  test("reads status, reason and headers, whatever their case, and how long the head is", () => {
    const parsed = parseResponse(Buffer.from("HTTP/1.1 426 Upgrade Required\r\nUPGRADE: websocket\r\nA: 1\r\na: 2\r\n\r\nbody"));
    assert.ok(typeof parsed === "object");
    assert.equal(parsed.response.status, 426);
    assert.equal(parsed.response.reason, "Upgrade Required");
    assert.equal(parsed.response.header("upgrade"), "websocket");
    assert.equal(parsed.response.header("A"), "1, 2");
    assert.equal(parsed.response.header("b"), undefined);
    assert.equal(parsed.length, "HTTP/1.1 426 Upgrade Required\r\nUPGRADE: websocket\r\nA: 1\r\na: 2\r\n\r\n".length);
  });

  for (const start of ["", "H", "HTTP/1.1", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"]) {
    test(`${JSON.stringify(start)} is incomplete`, () => {
      assert.equal(parseResponse(Buffer.from(start)), "incomplete");
    });
  }

  const wrong: [text: string, message: RegExp][] = [
    ["HTTP/1.1 101 X\nUpgrade: websocket\n\n", /a line ends in 0a alone at byte 14/],
    ["Hi, from the server!", /it begins with "Hi, from the server!"/],
    ["\x81\x05hello", /a response begins with "HTTP\/1.1"/],
    ["HTTP/1.1 OK\r\n\r\n", /its first line is "HTTP\/1.1 OK"/],
    ["HTTP/1.1 101 X\r\nUpgrade websocket\r\n\r\n", /the line "Upgrade websocket" is not a header/],
  ];
  for (const [text, message] of wrong) {
    test(`${JSON.stringify(text)} is no response`, () => {
      assert.match(parseResponse(Buffer.from(text, "latin1")) as string, message);
    });
  }
});

test("upgradeRequest replaces, repeats and leaves out headers", () => {
  const text = upgradeRequest({ headers: { Host: ["a", "b"], Upgrade: null, "X-Y": "z" }, body: "!" });
  assert.match(text, /^GET \/ HTTP\/1\.1\r\nHost: a\r\nHost: b\r\nConnection: Upgrade\r\n/);
  assert.doesNotMatch(text, /Upgrade: websocket/);
  assert.match(text, /\r\nX-Y: z\r\n\r\n!$/);
});

describe("a server that is slow to read", () => {
  const COUNT = 20;

  for (const [title, plain] of [["answers plain requests", true], ["does not", false]] as const) {
    test(`gets each byte as a chunk of its own, if it ${title}`, async (context) => {
      const server = new ServerUnderTest([process.execPath, fixture("counts-chunks.mjs")], undefined, plain ? {} : { REFUSES_PLAIN: "1" });
      context.after(() => server.stop());
      await server.ensureRunning();
      const client = await server.open();
      for (let i = 0; i < COUNT; i++) {
        client.send(Uint8Array.of(i));
        await server.caughtUp();
      }
      client.end();
      await server.printed("the end");
      const sizes = [...server.output.matchAll(/chunk of (\d+)/g)].map(([, size]) => Number(size));
      // Without answers it is a matter of luck, and only the bytes can be counted.
      if (plain) assert.deepEqual(sizes, Array<number>(COUNT).fill(1));
      assert.equal(sizes.reduce((a, b) => a + b, 0), COUNT);
    });
  }
});

test("what a server should have printed is said in words, never as a regular expression", async (context) => {
  const server = new ServerUnderTest([process.execPath, fixture("counts-chunks.mjs")]);
  server.patience = 50;
  context.after(() => server.stop());
  await server.ensureRunning();
  await assert.rejects(server.printed("a word"), /^CheckError: Expected the server to print "a word"\.\n/);
  await assert.rejects(server.printed({ pattern: /a.*number/, words: "a number" }), /^CheckError: Expected the server to print a number\.\n/);
});

test("a server whose process lives on for a while after its connections are gone has ended all the same", async (context) => {
  // A wrapper, as npm is one: the program behind it has crashed before anybody hears of it.
  const server = new ServerUnderTest([process.execPath, fixture("ends-late.mjs")]);
  context.after(() => server.stop());
  await server.ensureRunning();
  const client = await server.connect();
  client.send("crash");
  const error = await server.explain(await client.readResponse().catch((reason: unknown) => reason));
  assert.match(String(error), /The server ended with exit code 1\. It should have stayed up\./);
});

describe("npm run check", { concurrency: 2 }, () => {
  const python = ["python3", "python"].find((name) => spawnSync(name, ["--version"]).status === 0);

  test("passes a correct server in Python", { skip: python === undefined && "Python is not installed" }, async () => {
    const { code, stdout } = await runScript(check, ["3", python ?? "", fixture("accept_key.py")]);
    assert.match(stdout, /5 of 5 checks passed/);
    assert.equal(code, 0);
  });

  test("tells the author of a server that accepts everything what to mend", async () => {
    const command = ["4", "--timeout", "400", process.execPath, fixture("accept-everything.mjs")];
    const { code, stdout } = await runScript(check, command);
    assert.equal(code, 1);
    for (const line of [
      /✖ refuses a POST with 405\n\s+Expected status 405, but the response has 101 \(a handshake is a GET\)/,
      /We sent:\n\s+POST \/ HTTP\/1\.1/,
      /RFC 6455, section 4\.2\.1/,
      /✖ refuses a key with stray bits with 400\n.*the last digit of 16 bytes is A, Q, g or w/,
      /✖ refuses a foreign Origin with 403\n.*any page in the world could connect/,
      /✖ lives on when a client resets an open WebSocket\n\s+The server ended with exit code 1/,
      /✔ answers with all three headers/,
    ]) {
      assert.match(stdout, line);
    }
  });

  test("says in one sentence what is wrong with a command", async () => {
    const missing = await runScript(check, ["3", "no-such-program"]);
    assert.equal(missing.code, 1);
    assert.match(missing.stdout, /could not be started: there is no command "no-such-program"/);

    const deaf = await runScript(check, ["3", process.execPath, "-e", "process.exit(3)"]);
    assert.equal(deaf.code, 1);
    assert.match(deaf.stdout, /The server ended with exit code 3 before it listened on port \d+, which PORT named/);
  });

  test("turns wrong arguments into one sentence", async () => {
    for (const [args, message] of [
      [[], /^Which step\?.*\n$/],
      [["99"], /^There is no step 99.*\n$/],
      [["3", "--"], /^There is no command behind the --\.\n$/],
      [["--timeout", "soon", "3"], /^--timeout is "soon".*\n$/],
    ] as const) {
      const { code, stderr } = await runScript(check, [...args]);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });
});
