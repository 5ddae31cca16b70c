import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { UsageError } from "./cli.ts";
import { freePort, hasIPv6Loopback, isPortAnswering, isPortBusy, parsePort } from "./ports.ts";

describe("isPortBusy", () => {
  for (const host of ["127.0.0.1", "::1", undefined]) {
    test(`sees a server on ${host ?? "all addresses"}`, async (t) => {
      if (host === "::1" && !(await hasIPv6Loopback())) return t.skip("no IPv6 on this machine");
      const port = await freePort();
      assert.equal(await isPortBusy(port), false);
      assert.equal(await isPortAnswering(port), false);

      const server = createServer((socket) => socket.destroy()).listen({ port, host });
      await once(server, "listening");
      try {
        assert.equal(await isPortBusy(port), true);
        assert.equal(await isPortAnswering(port), true);
      } finally {
        server.close();
        await once(server, "close");
      }
      assert.equal(await isPortBusy(port), false);
    });
  }
});

test("freePort gives a port that one can listen on", async () => {
  const server = createServer().listen(await freePort(), "127.0.0.1");
  await once(server, "listening");
  server.close();
});

describe("parsePort", () => {
  for (const [text, port] of [["1", 1], ["8000", 8000], ["65535", 65535], ["00080", 80]] as const) {
    test(`reads ${text}`, () => assert.equal(parsePort(text, "PORT"), port));
  }
  for (const text of ["abc", "0", "65536", "70000", "-1", "80.5", "1e3", "0x50", " 80", ""]) {
    test(`refuses "${text}"`, () => {
      assert.throws(
        () => parsePort(text, "--port"),
        new UsageError(`--port is "${text}", but a port is a whole number from 1 to 65535.`),
      );
    });
  }
});
