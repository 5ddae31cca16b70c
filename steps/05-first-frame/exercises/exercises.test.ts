import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checksOf, frame, OP, runProgram } from "../../../scripts/checks/index.ts";

const printHeader = checksOf(new URL("print-header.ts", import.meta.url));

printHeader("exercise 2: the fields of a text and of an empty close", { proves: ["C1"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "Websockets are great", { mask: [0xda, 0xdd, 0x68, 0x04] }));
  await server.printed("fin: true  opcode: 1  length: 20  key: dadd6804");
  client.send(frame(OP.close, "", { mask: [0, 1, 2, 3] }));
  await server.printed("fin: true  opcode: 8  length: 0  key: 00010203");
});

test("exercise 3: masked with the known key, the bytes are the ones that were wanted", async () => {
  const output = await runProgram(fileURLToPath(new URL("chosen-bytes.ts", import.meta.url)), {});
  const [, hex = ""] = /The page sends ([0-9a-f]+)/.exec(output) ?? [];
  const sent = frame(OP.binary, Buffer.from(hex, "hex"), { mask: [0xda, 0xdd, 0x68, 0x04] });
  assert.equal(sent.subarray(6).toString(), "GET /news HTTP/1.1\r\n");
});
