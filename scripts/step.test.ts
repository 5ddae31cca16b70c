import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { freePort, isPortBusy } from "./lib/ports.ts";
import { runScript, scratchFolder, startScript } from "./lib/scratch.ts";

const root = scratchFolder({
  "package.json": '{ "type": "module" }',
  "steps/01-first/README.md": "# 01: The `first` step\n",
  "steps/01-first/server.ts": `
    import { createServer } from "node:http";
    createServer((request, response) => response.end("hello")).listen(Number(process.env.PORT), () => {
      console.log("Listening on port", process.env.PORT);
    });
  `,
  "steps/01-first/client.ts": 'console.log("The client talks to", process.env.PORT); process.exitCode = 4;',
  "steps/02-second/server.ts": "process.exit(7);",
});
const step = (args: string[], env: Record<string, string> = {}): ReturnType<typeof runScript> =>
  runScript("step.ts", args, { root, env });

describe("npm run step", { concurrency: 2, timeout: 60_000 }, () => {
  const noSignals = process.platform === "win32" && "Windows cannot send SIGINT to another process";
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`runs the server until ${signal}, and leaves nothing behind`, { skip: noSignals }, async () => {
      const port = await freePort();
      const { child, printed, ended } = startScript("step.ts", ["first", "--port", String(port)], { root });
      await printed(`Listening on port ${port}\n`);
      assert.equal(await (await fetch(`http://127.0.0.1:${port}`)).text(), "hello");

      child.kill(signal);
      const { code, stdout, stderr } = await ended;
      assert.deepEqual({ code, stderr }, { code: signal === "SIGINT" ? 130 : 143, stderr: "" });
      assert.equal(await isPortBusy(port), false);
      const page = `http://localhost:3000/steps/first/client.html?server=ws://localhost:${port}`;
      assert.ok(stdout.startsWith(`Step 1: The first step\n  Page    ${page}`), stdout);
      assert.ok(stdout.includes("\n  Lesson  http://localhost:3000/steps/first/\n"), stdout);
    });
  }

  test("lets the pages of npm start in, wherever it serves them, unless it was told whom to let in", async () => {
    const site = createHttpServer((_request, response) => response.end(JSON.stringify({ port: null, site: address })));
    await once(site.listen(0, "127.0.0.1"), "listening");
    const address = `http://localhost:${(site.address() as AddressInfo).port}`;
    const ownRoot = scratchFolder({
      "public/lab.json": JSON.stringify({ port: null, site: address }),
      "steps/01-first/README.md": "# 01: First\n",
      "steps/01-first/server.ts": "console.log(process.env.ALLOWED_ORIGINS);",
    });
    const port = String(await freePort());
    const runStep = (env: Record<string, string> = {}) => runScript("step.ts", ["1", "--port", port], { root: ownRoot, env });
    const [found, told] = [await runStep(), await runStep({ ALLOWED_ORIGINS: "http://mine.test" })];
    site.close();
    site.closeAllConnections();
    const gone = await runStep();

    assert.ok(found.stdout.includes(`Page    ${address}/steps/first/client.html?server=`), found.stdout);
    assert.ok(found.stdout.endsWith(`${address} ${address.replace("localhost", "127.0.0.1")}\n`), found.stdout);
    assert.ok(told.stdout.endsWith("follows.\n\nhttp://mine.test\n"), told.stdout);
    // What a killed npm start has left in the file counts for nothing.
    assert.ok(gone.stdout.includes("Page    http://localhost:3000/"), gone.stdout);
    assert.ok(gone.stdout.endsWith("\nundefined\n"), gone.stdout);
  });

  test("passes on the server's exit code, and takes the port from PORT", async () => {
    const port = await freePort();
    const { code, stdout } = await step(["2"], { PORT: String(port) });
    assert.equal(code, 7);
    assert.ok(stdout.includes(`?server=ws://localhost:${port}`), stdout);
  });

  test("says which port is busy, and how to choose another", async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = String(typeof address === "object" && address?.port);
    const { code, stdout, stderr } = await step(["1"], { PORT: port });
    server.close();
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.equal(
      stderr,
      `Port ${port} is busy: stop the program that uses it, or choose another port with ` +
        "npm run step 1 -- --port 8001 (or PORT=8001 npm run step 1).\n",
    );
  });

  test("--client runs the client against the server that runs", async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = String(typeof address === "object" && address?.port);
    const result = await step(["1", "--client", "--port", port]);
    server.close();
    assert.deepEqual(result, { code: 4, stdout: `The client talks to ${port}\n`, stderr: "" });
  });

  test("--client needs a client and a server", async () => {
    const port = String(await freePort());
    const [noClient, noServer] = await Promise.all([
      step(["2", "--client"]),
      step(["1", "--client", "--port", port]),
    ]);
    assert.equal(noClient.code, 2);
    assert.equal(noClient.stderr, "Step 2 (second) has no client.ts, but 01-first does.\n");
    assert.equal(noServer.code, 1);
    assert.match(noServer.stderr, new RegExp(`^No server answers on port ${port}: [^\n]+\n$`));
  });

  test("turns wrong arguments into one sentence", async () => {
    const [none, unknown, extra, port] = await Promise.all([
      step([]),
      step(["99"]),
      step(["1", "8001"]),
      step(["1"], { PORT: "abc" }),
    ]);
    for (const { code, stdout, stderr } of [none, unknown, extra, port]) {
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
      assert.match(stderr, /^[^\n]+\.\n$/);
    }
    assert.match(none.stderr, /^Which step\?/);
    assert.equal(unknown.stderr, "There is no step 99: the steps are 1 to 2 (first, second).\n");
    assert.match(extra.stderr, /"8001" is too much .* -- --port 8001/);
    assert.match(port.stderr, /^PORT is "abc"/);
  });

  test("--help", async () => {
    const { code, stdout, stderr } = await step(["--help"]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout, /^Usage: npm run step/);
  });
});
