import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { UsageError } from "./cli.ts";
import { freePort, hasIPv6Loopback, isPortAnswering, isPortBusy, parsePort, promisePort } from "./ports.ts";

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

test("a port is promised to one process at a time, for as long as that runs", async () => {
  const file = (port: number) => join(tmpdir(), "course-ports", String(port));
  const port = await freePort();
  assert.equal(readFileSync(file(port), "utf8"), String(process.pid));

  // No ports, so that nobody else asks for them.
  const [ours, others, nobodys] = [100_001, 100_002, 100_003].map((number) => number + process.pid * 10) as [number, number, number];
  const { pid: ended } = spawnSync(process.execPath, ["-e", ""]);
  writeFileSync(file(others), String(process.ppid));
  writeFileSync(file(nobodys), String(ended));
  try {
    assert.equal(promisePort(ours), true);
    assert.equal(promisePort(ours), false);
    assert.equal(promisePort(others), false);
    assert.equal(promisePort(nobodys), true);
  } finally {
    for (const each of [ours, others, nobodys]) rmSync(file(each), { force: true });
  }
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
