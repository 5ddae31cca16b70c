import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checksOf, frame, OP, readFrame, runProgram } from "../../../scripts/checks/index.ts";

async function linesOf(program: string, env: Record<string, string> = {}): Promise<string[]> {
  const output = await runProgram(fileURLToPath(new URL(program, import.meta.url)), env);
  return output.trim().split("\n");
}

const server = checksOf(new URL("../server.ts", import.meta.url));

server("the client that sends fragments gets its pong before the message", { proves: ["R18"] }, async ({ port }) => {
  assert.deepEqual(await linesOf("fragments.ts", { PORT: String(port) }), [
    'Sent     fin 0, opcode 1: "Web"',
    'Sent     fin 1, opcode 9: "in between"',
    'Received fin 1, opcode 10: "in between"',
    'Sent     fin 0, opcode 0: "sock"',
    'Sent     fin 1, opcode 0: "ets"',
    'Received fin 1, opcode 1: "Websockets"',
    'Sent     fin 1, opcode 8: ""',
    'Received fin 1, opcode 8: ""',
    "The server has hung up",
  ]);
});

server("exercise 3: what is out of place is taken for a message", { proves: ["C3"] }, async ({ port }) => {
  assert.deepEqual(await linesOf("out-of-place.ts", { PORT: String(port) }), [
    "Received opcode 1: of what?",
    "Received opcode 2: first, second",
    "Received opcode 8: ",
    "The server has hung up",
  ]);
});

const sendFragments = checksOf(new URL("send-fragments.ts", import.meta.url));

sendFragments("exercise 1: the answer comes in fragments of four bytes", { proves: ["R18"] }, async (server) => {
  const client = await server.open();
  const expected: [string, string[]][] = [["Websockets", ["Webs", "ocke", "ts"]], ["four", ["four"]], ["", [""]]];
  for (const [text, parts] of expected) {
    client.send(frame(OP.text, text));
    for (const [i, part] of parts.entries()) {
      const { fin, opcode, payload } = await readFrame(client);
      assert.deepEqual(
        { fin, opcode, payload: payload.toString() },
        { fin: i === parts.length - 1, opcode: i === 0 ? OP.text : OP.continuation, payload: part },
      );
    }
  }
});

test("exercise 2: doubling copies each byte about once, joining copies half of n squared", async () => {
  assert.deepEqual(await linesOf("copies.ts"), [
    "1048576 fragments of one byte",
    "A buffer that doubles copies 1048575 bytes as it grows",
    "Buffer.concat for each fragment copies 549755289600 old bytes",
  ]);
});
