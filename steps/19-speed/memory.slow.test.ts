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
    const { port, memory, work } = await startServer(context);
    const before = memory();
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => connect(context, port)));
    for (const socket of clients) sendOn(socket, block);
    // Until nothing moves any more, or too much has: on a slow machine, too, the server has to be through.
    for (let done = -1; work() > done + 2 && memory() - before < LIMIT; await sleep(2_000)) done = work();
    const grown = memory() - before;
    const taken = clients.reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0);
    context.diagnostic(`${title}: ${Math.round(taken / MIB)} MiB taken, ${Math.round(grown / MIB)} MiB more memory at most`);
    assert.ok(grown < LIMIT, `${grown} bytes more`);
  });
}

type Server = { port: number; memory: () => number; work: () => number };

async function startServer(context: TestContext): Promise<Server> {
  const port = await freePort();
  const program = fileURLToPath(new URL("server.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), program], {
    env: { ...process.env, PORT: `${port}`, NODE_TEST_CONTEXT: undefined },
    // No pipe: lines that we do not read in time would wait in the server, and count.
    stdio: ["ignore", "ignore", "inherit"],
  });
  context.after(() => child.kill());
  while (!(await isListening(port))) await sleep(50);
  const pid = child.pid ?? 0;
  return { port, memory: () => peakMemory(pid), work: () => workOf(pid) };
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

/** How long a process has worked, in ticks of the processor's clock. */
function workOf(pid: number): number {
  // The second field is a name in parentheses; of those behind it, the 12th and the 13th are ours.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

async function connect(context: TestContext, port: number): Promise<Socket> {
  const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
  const request = http.get({ port, host: "127.0.0.1", headers });
  const [, socket] = (await once(request, "upgrade")) as [unknown, Socket];
  socket.on("error", () => {});
  context.after(() => socket.destroy());
  return socket;
}

/** Sends 30 MB as fast as it can, and reads nothing. One request is enough: what it asks for would go on for ever. */
function sendOn(socket: Socket, block: Buffer, left = block.length < 100 ? 1 : 30_000_000): void {
  if (left > 0 && !socket.destroyed) socket.write(block, () => sendOn(socket, block, left - block.length));
}
