import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";
import { MessageCompression } from "../message-compression.ts";
import type { Agreement } from "../permessage-deflate.ts";

// What compression saves, and what it costs: bytes, time and memory. The sizes are the same on every
// machine, or nearly; time and memory are those of yours.

const FORGETFUL: Agreement = { server_no_context_takeover: true, client_no_context_takeover: true };
const SMALL: Agreement = { server_max_window_bits: 10, client_max_window_bits: 10 };
const COUNT = 200;

const variants: Record<string, () => unknown> = {
  "no takeover, our way": () => ours(FORGETFUL),
  "takeover, our way": () => ours({}),
  "takeover, 10 bits, our way": () => ours(SMALL),
  "takeover, streams of zlib": streams,
};

/** The message number `i` of a kind. */
type Kind = (i: number) => Buffer;

const ticks: Kind = (i) => Buffer.from(JSON.stringify({ symbol: ["ACME", "GLOBEX", "INITECH"][i % 3], price: 100 + ((i * 7919) % 997) / 100, volume: (i * 104729) % 5000 }));
const chat: Kind = (i) => Buffer.from(JSON.stringify({ type: "message", room: "lobby", from: `user-${i % 7}`, text: `That is what I said ${i} times, and nobody heard it.` }));
const list: Kind = (i) => Buffer.from(JSON.stringify(Array.from({ length: 40 }, (_, j) => ({ id: i * 40 + j, name: `Customer ${j}`, active: j % 3 === 0, balance: ((i * j * 31) % 9973) / 100 }))));
const noise: Kind = () => randomBytes(2_000);

const [, , asked = ""] = process.argv;
if (variants[asked] !== undefined) {
  console.log(await memory(variants[asked]));
  process.exit();
}

for (const [name, kind] of Object.entries({ ticks, chat, list, noise })) {
  const messages = Array.from({ length: COUNT }, (_, i) => kind(i));
  const plain = messages.reduce((sum, message) => sum + message.length, 0) / COUNT;
  console.log(`${name}: ${Math.round(plain)} bytes a message`);
  for (const [title, agreement] of Object.entries({ "no takeover": FORGETFUL, "takeover": {}, "takeover, 10 bits": SMALL })) {
    const { size, sending, receiving } = measure(messages, agreement);
    console.log(`  ${title.padEnd(18)} ${percent(size / plain).padStart(5)}   send ${micros(sending)}   receive ${micros(receiving)}`);
  }
}

if (asked === "sizes") process.exit();

console.log("\nMemory of a connection, after 20 lists both ways");
for (const variant of Object.keys(variants)) {
  // In a process of its own, so that nobody else's garbage counts.
  const bytes = Number(execFileSync(process.execPath, ["--expose-gc", ...process.execArgv, process.argv[1] ?? "", variant], { encoding: "utf8" }));
  console.log(`  ${variant.padEnd(30)} ${Math.round(bytes / 1024)} KiB`);
}

function measure(messages: Buffer[], agreement: Agreement) {
  const server = new MessageCompression(agreement, true);
  const client = new MessageCompression(agreement, false);
  let size = 0;
  let sending = 0n;
  let receiving = 0n;
  // The first round warms up the program and the windows.
  for (const round of [0, 1]) {
    for (const message of messages) {
      const begin = process.hrtime.bigint();
      const payload = server.compress(message, true);
      const middle = process.hrtime.bigint();
      client.decompress(payload, 1024 * 1024);
      const end = process.hrtime.bigint();
      if (round === 0) continue;
      size += payload.length / messages.length;
      sending += middle - begin;
      receiving += end - middle;
    }
  }
  return { size, sending: Number(sending) / messages.length, receiving: Number(receiving) / messages.length };
}

function ours(agreement: Agreement): MessageCompression {
  const compression = new MessageCompression(agreement, true);
  const peer = new MessageCompression(agreement, false);
  for (let i = 0; i < 20; i++) {
    compression.decompress(peer.compress(list(i), true), 1024 * 1024);
    compression.compress(list(i), true);
  }
  return compression;
}

/** A pair of streams that have worked once: zlib takes its memory then. */
async function streams(): Promise<unknown> {
  const pair = { deflate: createDeflateRaw(), inflate: createInflateRaw() };
  pair.deflate.write(list(0));
  pair.deflate.resume();
  await new Promise<void>((resolve) => pair.deflate.flush(constants.Z_SYNC_FLUSH, resolve));
  pair.inflate.resume();
  pair.inflate.write(new MessageCompression({}, true).compress(list(0), true));
  await new Promise<void>((resolve) => pair.inflate.flush(constants.Z_SYNC_FLUSH, resolve));
  return pair;
}

/** How much more memory the process has for each of 500. */
async function memory(create: () => unknown): Promise<number> {
  // The first ones warm up the process, and are gone.
  for (let i = 0; i < 300; i++) await create();
  const sides: unknown[] = [];
  const before = await settled();
  for (let i = 0; i < 500; i++) {
    sides.push(await create());
    if (i % 50 === 0) await settled();
  }
  return Math.max(0, (await settled()) - before) / sides.length;
}

/** The memory of the process, once the garbage is gone. */
async function settled(): Promise<number> {
  globalThis.gc?.();
  // What belongs to zlib goes with the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

function micros(nanoseconds: number): string {
  return `${Math.round(nanoseconds / 1000)} µs`.padStart(7);
}
