import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import net, { type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "../../scripts/lib/ports.ts";

// How much memory the server of this step takes, from outside, while clients send and do not read.

const MIB = 1024 * 1024;
const CLIENTS = 20;

/**
 * The most by which the server may grow: not by client, in all. We have seen up to 60 MiB, of which most
 * is garbage that V8 has not collected yet; a server that reads on takes 600 MB and keeps the answers.
 */
const LIMIT = 150 * MIB;

/** What a client sends again and again. */
const attacks: [title: string, block: Buffer][] = [
  ["empty pings", Buffer.alloc(60_000, Buffer.from("898000000000", "hex"))],
  ["pings of 125 bytes", Buffer.alloc(131 * 500, frame("89fd", 125))],
  ["messages of 100 bytes", Buffer.alloc(106 * 600, frame("82e4", 100))],
  ["messages of 64,000 bytes", frame("82fefa00", 64_000)],
  ["requests for 50 MB", Buffer.concat([frame("8189", 0), Buffer.from("flood 800")])],
  ["broadcasts of 64,000 bytes", Buffer.concat([frame("81fefa00", 0), Buffer.from("broadcast ".padEnd(64_000, "x"))])],
];

/** The hex of the first bytes, a mask of zeros, and a payload. */
function frame(start: string, length: number): Buffer {
  return Buffer.concat([Buffer.from(`${start}00000000`, "hex"), Buffer.alloc(length, "x")]);
}

const skip = existsSync("/proc/self/status") ? false : "there is no /proc here";

for (const [title, block] of attacks) {
  test(`memory: ${CLIENTS} clients that send ${title} and do not read`, { skip, timeout: 120_000 }, async (context) => {
    const { port, memory } = await startServer(context);
    const before = memory();
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => connect(context, port)));
    const taken = await Promise.all(clients.map((socket) => sendUntilStuck(socket, block)));
    const grown = memory() - before;
    const sum = taken.reduce((a, b) => a + b, 0);
    context.diagnostic(`${title}: ${Math.round(sum / MIB)} MiB taken, ${Math.round(grown / MIB)} MiB more memory at most`);
    assert.ok(grown < LIMIT, `${grown} bytes more`);
  });
}

async function startServer(context: TestContext): Promise<{ port: number; memory: () => number }> {
  const port = await freePort();
  const program = fileURLToPath(new URL("server.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), program], {
    env: { ...process.env, PORT: `${port}`, NODE_TEST_CONTEXT: undefined },
    // No pipe: lines that we do not read in time would wait in the server, and count.
    stdio: ["ignore", "ignore", "inherit"],
  });
  context.after(() => child.kill());
  while (!(await isListening(port))) await sleep(50);
  return { port, memory: () => peakMemory(child.pid ?? 0) };
}

async function isListening(port: number): Promise<boolean> {
  const socket = net.connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

/** The most that a process has had in memory, in bytes. */
function peakMemory(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

async function connect(context: TestContext, port: number): Promise<Socket> {
  const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
  const request = http.get({ port, host: "127.0.0.1", headers });
  const [, socket] = (await once(request, "upgrade")) as [unknown, Socket];
  socket.on("error", () => {});
  context.after(() => socket.destroy());
  return socket;
}

/** Sends up to 30 MB, and reads nothing. Returns how many bytes were taken. */
async function sendUntilStuck(socket: Socket, block: Buffer): Promise<number> {
  for (let sent = 0; sent < 30_000_000 && !socket.destroyed; sent += block.length) {
    const written = new Promise((resolve) => void socket.write(block, resolve));
    const isStuck = await Promise.race([written, sleep(2_000, "stuck", { ref: false })]);
    if (isStuck === "stuck") break;
    // One request is enough: what it asks for would go on for ever.
    if (block.length < 100) break;
  }
  if (block.length < 100) await sleep(2_000);
  return socket.bytesWritten - socket.writableLength;
}
