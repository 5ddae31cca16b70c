import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CheckError, checksOf, runProgram } from "../../../scripts/checks/index.ts";

const check = checksOf(new URL("../server.ts", import.meta.url));

function run(program: string, env: Record<string, string> = {}): Promise<string> {
  return runProgram(fileURLToPath(new URL(program, import.meta.url)), env);
}

check("violate.ts: each violation gets its close code", { proves: ["R12", "R15"] }, async (server) => {
  const output = await run("violate.ts", { PORT: String(server.port) });
  const codes = [...output.matchAll(/^([^ ]+) .* -> (.+)$/gm)].map(([, name, code]) => [name, code]);
  const expected = codes.map(([name]) => [name, name === "terabyte" || name === "1-mib-and-1" ? "1009" : "1002"]);
  if (codes.length !== 14 || JSON.stringify(codes) !== JSON.stringify(expected)) throw new CheckError(output);
});

check("exercise 2: a million fragments are answered", { proves: ["R18"] }, async (server) => {
  const output = await run("many-fragments.ts", { PORT: String(server.port) });
  if (output.trim() !== "1000000 fragments, and back came: 810568656c6c6f") throw new CheckError(output);
});

test("exercise 1: the two parsers disagree", async () => {
  const output = await run("two-parsers.ts");
  assert.deepEqual(output.trim().split(/\r?\n/), [
    "The proxy in front, which looks for forbidden words, reads 64 bits:",
    "  a text of 4294967298 bytes: still coming",
    "The server behind it reads 32 of them:",
    '  a text of 2 bytes: "hi"',
    '  a text of 10 bytes: "delete all"',
  ]);
});

test("exercise 3: a promise costs nothing", async () => {
  const output = await run("promises.ts");
  assert.match(output, /grows: 0 MiB\s+.* says: 100 MiB/);
});
