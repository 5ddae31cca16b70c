import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checksOf, closePayload, expectAccepted, frame, OP, runProgram } from "../../../scripts/checks/index.ts";

const neverAnswers = checksOf(new URL("never-answers.ts", import.meta.url));

neverAnswers("exercise 1: a close frame gets no answer", { proves: ["C1"] }, async (server) => {
  const client = await server.request();
  await expectAccepted(client);
  client.send(frame(OP.close, closePayload(1000, "bye")));
  await server.printed("11 bytes came, and we say nothing");
  await client.expectSilence();
  client.end();
  await server.printed({ pattern: /The client hung up after \d+\.\d s/, words: "how long the client took to hang up" });
  await client.expectEnd();
});

test("every cut of the stream gives the same events", async () => {
  const output = await runProgram(fileURLToPath(new URL("every-cut.ts", import.meta.url)), {});
  assert.match(output, /The same for all 1711 ways to cut 57 bytes in three/);
});

test("exercise 2: nothing goes out and no message comes behind the end", async () => {
  const output = await runProgram(fileURLToPath(new URL("more-streams.ts", import.meta.url)), {});
  assert.deepEqual(output.trim().split("\n"), [
    "A reserved opcode: message hello, bytes 880203ea, end, error 1002, closed 1006",
    "Two close frames: bytes 88020fa1, end, closed 4001",
  ]);
});
