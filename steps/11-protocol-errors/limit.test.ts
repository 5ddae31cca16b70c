import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { expectClose, expectFrame, frame, OP, ServerUnderTest } from "../../scripts/checks/index.ts";
import { typescriptCommand } from "../../scripts/lib/processes.ts";

const command = typescriptCommand(fileURLToPath(new URL("server.ts", import.meta.url)));

test("MAX_MESSAGE_SIZE sets the limit, in bytes", async (t) => {
  const server = new ServerUnderTest(command, undefined, { MAX_MESSAGE_SIZE: "10" });
  t.after(() => server.stop());
  await server.ensureRunning();

  const client = await server.open();
  client.send(frame(OP.text, "x".repeat(10)));
  await expectFrame(client, OP.text, "x".repeat(10));
  client.send(frame(OP.text, "x".repeat(11)));
  await expectClose(client, 1009);
});

test("MAX_MESSAGE_SIZE must be a number", async (t) => {
  const server = new ServerUnderTest(command, undefined, { MAX_MESSAGE_SIZE: "a lot" });
  t.after(() => server.stop());
  const error = await server.ensureRunning().then(
    () => undefined,
    (error: Error) => error,
  );
  if (!error?.message.includes("MAX_MESSAGE_SIZE must be a number of bytes")) throw error ?? new Error("It started.");
});
