import assert from "node:assert/strict";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { runProgram } from "../../../scripts/checks/index.ts";

function run(name: string): Promise<string> {
  return runProgram(fileURLToPath(new URL(name, import.meta.url)), {});
}

test("exercise 1: the sizes of frames on both sides of each boundary", async () => {
  assert.equal(
    await run("frame-sizes.ts"),
    "125 bytes: 131 from a client, 127 from a server\n" +
      "126 bytes: 134 from a client, 130 from a server\n" +
      "65535 bytes: 65543 from a client, 65539 from a server\n" +
      "65536 bytes: 65550 from a client, 65546 from a server\n",
  );
});

test("a concat for each chunk: twice the bytes cost four times as much", async () => {
  assert.match(await run("concat-cost.ts"), /^16 MiB arrive, 2056 MiB are copied, 4\.0 times as many$/m);
});

test("exercise 3: a list joined once: twice the bytes cost twice as much", async () => {
  assert.match(await run("concat-once.ts"), /^16 MiB arrive, 16 MiB are copied, 2\.0 times as many$/m);
});
