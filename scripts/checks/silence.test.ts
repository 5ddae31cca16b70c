import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Check } from "./check.ts";
import { runCheck } from "./check.ts";
import { expectFrame, frame, OP } from "./frames.ts";
import { ServerUnderTest } from "./server-under-test.ts";

const fixture = fileURLToPath(new URL("fixtures/caught-in-a-loop.mjs", import.meta.url));
const server = new ServerUnderTest([process.execPath, fixture]);
server.patience = 300;
after(() => server.stop());

const echo: Check = {
  title: "echo",
  proves: [],
  async run() {
    const client = await server.open();
    client.send(frame(OP.text, "Hi"));
    await expectFrame(client, OP.text, "Hi");
  },
};
const handshake: Check = { title: "handshake", proves: [], run: async () => void (await server.open()) };

test("a server in an endless loop is found out, and the next check gets a new one", async () => {
  await assert.rejects(runCheck(echo, server), /^CheckError: Expected a text frame.*\n.*is it in an endless loop\?/);
  // No patience is left for a server that starts twice.
  server.patience = 5_000;
  await runCheck(handshake, server);
});
