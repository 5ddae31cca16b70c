import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCommand } from "../lib/scratch.ts";
import type { Size } from "./load.ts";
import { assertFails, run } from "./try-scenario.ts";

const MIB = 2 ** 20;

describe("a good server passes, and what it did is counted", { concurrency: 2 }, () => {
  const sizes: Record<string, Size> = {
    idle: { connections: 100 },
    echo: { clients: 20, messages: 10 },
    kills: { clients: 60 },
    "half-open": { endless: 20, slow: 5 },
    garbage: { clients: 40 },
    storm: { clients: 30, rounds: 2 },
  };
  for (const [name, size] of Object.entries(sizes)) {
    test(name, async () => {
      const result = await run("ws-server.ts", name, size);
      assert.deepEqual(result.problems, []);
      assert(result.counted.length >= 3, JSON.stringify(result.counted));
    });
  }

  const compressed: Record<string, Size> = {
    "idle-deflate": { connections: 20 },
    "echo-deflate": { clients: 10, messages: 10 },
    bomb: { clients: 4, bytes: 20 * MIB },
  };
  for (const [name, size] of Object.entries(compressed)) {
    test(`${name}, with permessage-deflate`, async () => {
      const { problems } = await run("ws-server.ts", name, size, { deflate: true });
      assert.deepEqual(problems, []);
    });
  }
});

describe("a bad server fails, with a reason", { concurrency: 2 }, () => {
  test("one that never hangs up", async () => {
    const result = await run("fixtures/clinging-server.mjs", "half-open", { endless: 20, slow: 2 }, { patience: 500 });
    assertFails(result, /^2 of 2 handshakes byte by byte/, /^another client, which behaved, got no echo/, /TCPSocketWrap left/);
  });

  test("one that queues all that is never read", async () => {
    const result = await run("ws-server.ts", "unread", { clients: 2, bytes: 96 * MIB });
    assertFails(result, /^memory grew from .* times the start; 2\.5 are allowed/);
  });

  test("one that does not start", async () => {
    const result = await run("fixtures/silent-program.mjs", "idle", { connections: 1 });
    assertFails(result, /^the server's process ended \(exit code 1\): Error: no database/);
  });
});

describe("npm run soak", () => {
  const command = fileURLToPath(new URL("../soak.ts", import.meta.url));
  const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
  const soak = (...args: string[]) => startCommand(command, args).ended;

  test("fails when the server given fails", async () => {
    const { code, stdout } = await soak("--quick", "--only", "garbage", "--server", fixture("crashing-server.mjs"));
    assert.match(stdout, /✖ failed +✔ passed/);
    assert.match(stdout, /✖ garbage, fixtures\/crashing-server\.mjs: the server's process ended/);
    assert.match(stdout, /cores .*, Node .*, ulimit -n .*, seed 1, --quick\.\n\d{4}-\d\d-\d\d, \d+ seconds\.\n$/);
    assert.equal(code, 1);
  });

  test("does not fail when only ws does, nor does a server that stops reading", async () => {
    const { code, stdout } = await soak("--quick", "--only", "unread", "--server", fixture("patient-server.mjs"), "--markdown");
    assert.match(stdout, /\| ✔ passed \| ✖ failed \|/);
    assert.equal(code, 0);
  });

  test("says what it does not know", async () => {
    const { code, stderr } = await soak("--only", "naps");
    assert.match(stderr, /^There is no scenario naps: there are idle, /);
    assert.equal(code, 2);
    assert.equal((await soak("--server", "nowhere.ts")).stderr, "There is no file nowhere.ts.\n");
  });
});
