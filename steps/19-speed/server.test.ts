import { randomBytes } from "node:crypto";
import {
  checksOf,
  closePayload,
  expectClose,
  expectFrame,
  frame,
  OP,
  type RawClient,
  type ServerUnderTest,
} from "../../scripts/checks/index.ts";

// The server of this step does what it did before, faster. Most of these checks are about what speed
// likes to break: order, what is gathered and not sent yet, and memory that is used twice.

const check = checksOf(new URL("server.ts", import.meta.url));

const MIB = 1024 * 1024;

/** Masking byte by byte, as in step 05, by a plain loop. Its time is the unit of the check below. */
function maskedByLoop(payload: Buffer, key: Buffer): Buffer {
  const masked = Buffer.alloc(payload.length);
  for (let i = 0; i < payload.length; i++) masked[i] = (payload[i] ?? 0) ^ (key[i & 3] ?? 0);
  return masked;
}

function time(began: bigint): number {
  return Number(process.hrtime.bigint() - began);
}

/** Sends a frame, and returns how long it took until its echo was here, in nanoseconds. */
async function echoTime(client: RawClient, masked: Buffer, echo: Buffer): Promise<number> {
  const { socket } = client;
  const chunks: Buffer[] = [];
  let missing = echo.length;
  const began = process.hrtime.bigint();
  await new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      missing -= chunk.length;
      if (missing <= 0) settle();
    };
    const settle = () => {
      clearTimeout(timer);
      socket.off("data", onData).off("close", settle);
      if (missing > 0) reject(client.failure("Expected a message of 1 MiB, but the connection ended."));
      else resolve();
    };
    const timer = setTimeout(settle, client.patience);
    socket.on("data", onData).on("close", settle).write(masked);
  });
  const taken = time(began);
  if (!Buffer.concat(chunks).equals(echo)) throw client.failure("Expected the message of 1 MiB that was sent, but other bytes came.");
  return taken;
}

/** How many loops over its bytes an echo may take, the kernel's work and ours included. */
const LOOPS = 10;

check("sends 1 MiB back sooner than ten loops over its bytes take", { proves: ["N12"] }, async (server) => {
  const client = await server.open();
  // It would remember every byte.
  client.socket.removeAllListeners("data");
  const payload = randomBytes(MIB);
  const masked = frame(OP.binary, payload);
  const echo = frame(OP.binary, payload, { mask: null });
  let loop = Infinity;
  let best = Infinity;
  // The best of many: whatever else the machine does, it does to both.
  for (let round = 0; round < 60 && (round < 30 || best > LOOPS * loop); round++) {
    const began = process.hrtime.bigint();
    maskedByLoop(payload, Buffer.from("a1b2c3d4", "hex"));
    loop = Math.min(loop, time(began));
    best = Math.min(best, await echoTime(client, masked, echo));
  }
  if (best > LOOPS * loop) throw client.failure(`A message of 1 MiB took longer than ${LOOPS} loops over its bytes. Unmask whole words, and copy no more than you must.`);
});

/** Short texts, all different, of 0 to 125 bytes and more. */
const TEXTS = Array.from({ length: 64 }, (_, i) => `${i} `.padEnd(i * 3, "abcdefghij"));

check("answers a burst in the order of its frames", { proves: ["N9", "R20"] }, async (server) => {
  const client = await server.open();
  const burst = TEXTS.flatMap((text, i) => (i % 8 === 7 ? [frame(OP.ping, text.slice(0, 125)), frame(OP.text, `broadcast ${text}`)] : [frame(OP.text, text)]));
  client.send(Buffer.concat(burst));
  for (const [i, text] of TEXTS.entries()) {
    if (i % 8 === 7) await expectFrame(client, OP.pong, text.slice(0, 125));
    await expectFrame(client, OP.text, text);
  }
});

for (const [what, last, code] of [
  ["a close frame", frame(OP.close, closePayload(4001)), 4001],
  ["a frame that breaks a rule", frame(3), 1002],
] as const) {
  check(`answers what came before ${what} in the same chunk, and then says goodbye`, { proves: ["N9", "R23", "R26"] }, async (server) => {
    const client = await server.open();
    client.send(Buffer.concat([...TEXTS.map((text) => frame(OP.text, text)), last, frame(OP.text, "too late")]));
    for (const text of TEXTS) {
      const { opcode } = await peek(client);
      if (opcode === OP.close) throw client.failure("The close frame has come before the answers to what was sent before it.");
      await expectFrame(client, OP.text, text);
    }
    await expectClose(client, code);
  });
}

/** The opcode of the frame that comes next, which stays unread. */
async function peek(client: RawClient): Promise<{ opcode: number }> {
  while (client.unread.length === 0 && client.ending === "open") await new Promise((resolve) => setImmediate(resolve));
  return { opcode: (client.unread[0] ?? 0) & 15 };
}

check("gives a slow reader what was said, whatever has come since", { proves: ["N10"] }, async (server) => {
  const client = await server.open();
  const received: Buffer[] = [];
  let length = 0;
  client.socket.removeAllListeners("data").pause();
  // Small and large ones, so that some are copied into one piece, and others are not.
  const payloads = Array.from({ length: 1_500 }, (_, i) => Buffer.alloc([20, 300, 5_000, 40_000][i % 4] ?? 0, `${i},`));
  for (const payload of payloads) client.socket.write(frame(OP.binary, payload));
  await expectServed(server, 20);
  const expected = Buffer.concat(payloads.map((payload) => frame(OP.binary, payload, { mask: null })));
  await new Promise<void>((resolve) => {
    client.socket.on("close", resolve).on("data", (chunk: Buffer) => {
      received.push(chunk);
      length += chunk.length;
      if (length >= expected.length) resolve();
    });
    client.socket.resume();
  });
  const got = Buffer.concat(received);
  if (got.length !== expected.length) throw client.failure(`The connection ended before all ${payloads.length} messages had come back.`);
  if (!got.equals(expected)) throw client.failure("A message that waited for its reader has come back with other bytes. Memory that somebody still holds must not be used again.");
});

/** A second client is served so many times: then the server has done for the first what it can. */
async function expectServed(server: ServerUnderTest, rounds: number): Promise<void> {
  const client = await server.open();
  for (let round = 0; round < rounds; round++) {
    client.send(frame(OP.text, `round ${round}`));
    await expectFrame(client, OP.text, `round ${round}`);
  }
}
