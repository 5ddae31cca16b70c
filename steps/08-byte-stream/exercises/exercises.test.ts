import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import test from "node:test";
import { CheckError, checksOf, runProgram } from "../../../scripts/checks/index.ts";

// What is tested here are clients; they talk to the step's own server.
const client = checksOf(new URL("../server.ts", import.meta.url));

function program(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Runs a client, and expects exactly these lines from it. */
async function expectOutput(name: string, port: number, lines: string[]): Promise<void> {
  const output = await runProgram(program(name), { PORT: String(port) });
  if (output !== lines.map((line) => `${line}\n`).join("")) throw new CheckError(`${name} printed:\n${output}`);
}

client("a burst of a hundred frames comes back whole", { proves: ["N11"] }, async ({ port }) => {
  await expectOutput("burst.ts", port, [
    "Sending 100 frames in one write",
    "Came back: 100 (first: message 1, last: message 100)",
  ]);
});

client("a drip of single bytes comes back whole", { proves: ["N11"] }, async ({ port }) => {
  await expectOutput("drip.ts", port, [
    "Sending 26 bytes, one at a time",
    "Came back: Websockets are great",
  ]);
});

client("exercise 2: a frame that comes with the request is answered", { proves: ["N10"] }, async ({ port }) => {
  await expectOutput("early-bird.ts", port, [
    "HTTP/1.1 101 Switching Protocols",
    "Came back: early bird",
  ]);
});

test("exercise 1: the calls that four chunks cause", async () => {
  const lines = [
    "push 81",
    "push 823d5423",
    "push 3975",
    "  onHeader: 2 bytes to come",
    "  onPayload: H",
    "push 3d81803d542339",
    "  onPayload: i",
    "  onFrameEnd",
    "  onHeader: 0 bytes to come",
    "  onFrameEnd",
  ];
  assert.equal(await runProgram(program("calls.ts"), {}), lines.map((line) => `${line}\n`).join(""));
});
