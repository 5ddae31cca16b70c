import {
  checksOf,
  closePayload,
  expectFrame,
  frame,
  OP,
  readFrame,
  type RawClient,
  type ServerUnderTest,
} from "../../scripts/checks/index.ts";

// The server of this step echoes. Besides, a text `broadcast Hello` sends Hello to all, the sender
// included; `flood 100` sends back 100 texts of 64 KiB, numbered from 1 on, as fast as the client reads;
// and after `pause 500` the server reads nothing from that client for 500 ms.

const check = checksOf(new URL("server.ts", import.meta.url));

/** More than the two kernels hold for a connection, and than a server has a reason to keep. In bytes. */
const MUCH = 32_000_000;

/**
 * If the server answers a second client so often, and has taken nothing from the first meanwhile, it
 * does not read from that one. A slow machine takes longer for both.
 */
const ROUNDS = 30;

const MEGABYTE = "x".repeat(1_000_000);

/** 480 pings of 125 bytes, each with its number, and the pongs that they shall get. */
const PINGS = Array.from({ length: 480 }, (_, i) => `${i}`.padEnd(125, "."));
const PING_BLOCK = Buffer.concat(PINGS.map((text) => frame(OP.ping, text)));
const PONG_BLOCK = Buffer.concat(PINGS.map((text) => frame(OP.pong, text, { mask: null })));

/** Six messages of 10,000 bytes. */
const TEXTS = Array.from({ length: 6 }, (_, i) => `${i}`.padEnd(10_000, "."));
const TEXT_BLOCK = Buffer.concat(TEXTS.map((text) => frame(OP.text, text)));
const ECHO_BLOCK = Buffer.concat(TEXTS.map((text) => frame(OP.text, text, { mask: null })));

for (const [what, block, answer, replies] of [
  ["pings", PING_BLOCK, PONG_BLOCK, "pongs"],
  ["messages", TEXT_BLOCK, ECHO_BLOCK, "echoes"],
] as const) {
  check(`does not read on while a client reads none of the ${replies}, and goes on when it does`, { proves: ["S7", "R20"] }, async (server) => {
    const client = await SilentClient.open(server);
    const taken = await client.sendUntilStuck(block);
    if (taken >= MUCH) throw client.failure(`The server has taken ${MUCH / 1e6} MB of ${what} from a client that reads none of the ${replies}. It must keep them all in memory. Stop reading while what you send is not read.`);
    await expectServed(server, `while a client that does not read sends ${what}`);
    await client.expectRepeated(answer, client.blocks, `all the ${replies}`);
    await expectServed(server, "afterwards");
  });
}

check("closes when the client has read at last", { proves: ["S7", "R23"] }, async (server) => {
  const client = await SilentClient.open(server);
  const taken = await client.sendUntilStuck(TEXT_BLOCK);
  if (taken >= MUCH) throw client.failure(`The server has gone on reading for ${MUCH / 1e6} MB of messages.`);
  client.write(frame(OP.close, closePayload(1000)));
  await client.expectRepeated(ECHO_BLOCK, client.blocks, "all the echoes");
  await client.expectRepeated(frame(OP.close, closePayload(1000), { mask: null }), 1, "the answer to the close frame");
  await client.readToTheEnd();
});

check("sends a broadcast to all", { proves: ["S6"] }, async (server) => {
  const clients = [await server.open(), await server.open(), await server.open()];
  for (const [i, client] of clients.entries()) {
    client.send(frame(OP.text, `broadcast Hello from ${i}, Grüße`));
    for (const receiver of clients) await expectFrame(receiver, OP.text, `Hello from ${i}, Grüße`);
  }
});

check("gives up a client that does not read what all others get", { proves: ["S6"] }, async (server) => {
  const slow = await SilentClient.open(server);
  const reader = await SilentClient.open(server);
  const sender = await SilentClient.open(server);
  const message = frame(OP.text, `broadcast ${MEGABYTE}`);
  const answer = frame(OP.text, MEGABYTE, { mask: null });
  const count = 40;
  for (let i = 0; i < count; i++) {
    sender.write(message);
    for (const client of [sender, reader]) await client.expectRepeated(answer, 1, "a broadcast of 1 MB");
  }
  const kept = await slow.readToTheEnd(count * answer.length);
  if (kept >= count * answer.length) throw slow.failure(`A client that did not read was sent all of the ${count} MB later on: the server has kept them in memory. Above a limit, end such a connection.`);
  await expectServed(server, "afterwards");
});

check("sends no faster than the client reads", { proves: ["S6"] }, async (server) => {
  const count = 600;
  const client = await SilentClient.open(server);
  client.write(frame(OP.text, `flood ${count}`));
  for (let i = 0; i < ROUNDS; i++) await expectServed(server, `while a client does not read the ${count} messages that it has asked for`);
  for (let number = 1; number <= count; number++) {
    const text = `${number} `.padEnd(65_536, ".");
    await client.expectRepeated(frame(OP.text, text, { mask: null }), 1, `${count} messages in order`);
  }
  await expectServed(server, "afterwards");
});

check("reads nothing while it is paused, not even from the chunk that it has", { proves: ["S8"] }, async (server) => {
  const client = await server.open();
  client.send(Buffer.concat([frame(OP.text, "before"), frame(OP.text, "pause 99999"), frame(OP.text, "behind"), frame(OP.ping, "?")]));
  await expectFrame(client, OP.text, "before");
  await client.expectSilence();
  const silent = new SilentClient(client, server);
  const taken = await silent.sendUntilStuck(PING_BLOCK);
  if (taken >= MUCH) throw client.failure(`The server has taken ${MUCH / 1e6} MB while it was paused.`);
});

check("has lost nothing when it is resumed", { proves: ["S8"] }, async (server) => {
  const client = await server.open();
  const texts = Array.from({ length: 100 }, (_, i) => `number ${i}`);
  client.send(Buffer.concat([frame(OP.text, "pause 300"), ...texts.map((text) => frame(OP.text, text)), frame(OP.ping, "?")]));
  for (const text of texts) await expectFrame(client, OP.text, text);
  await expectFrame(client, OP.pong, "?");
  client.send(frame(OP.text, "the last one"));
  await expectFrame(client, OP.text, "the last one");
});

/** A client that has opened a WebSocket, and reads nothing until something is expected of it. */
class SilentClient {
  readonly raw: RawClient;
  readonly #server: ServerUnderTest;
  /** How many blocks it has written. */
  blocks = 0;
  #chunks: Buffer[] = [];
  #length = 0;
  #changed = () => {};

  constructor(raw: RawClient, server: ServerUnderTest) {
    this.raw = raw;
    this.#server = server;
    // What comes shall wait at the server, and in the kernels, and not here.
    raw.socket.removeAllListeners("data").pause();
    raw.socket.on("close", () => this.#changed());
    raw.socket.on("end", () => this.#changed());
  }

  static async open(server: ServerUnderTest): Promise<SilentClient> {
    return new SilentClient(await server.open(), server);
  }

  write(bytes: Buffer): boolean {
    return this.raw.socket.write(bytes);
  }

  /** Sends the block again and again, until it is not taken any more or MUCH is. Returns how many bytes were taken. */
  async sendUntilStuck(block: Buffer): Promise<number> {
    const { socket } = this.raw;
    const taken = () => this.blocks * block.length - socket.writableLength;
    while (taken() < MUCH && !socket.destroyed) {
      this.blocks++;
      if (!this.write(block) && !(await this.#isDrained())) break;
    }
    return taken();
  }

  /** Whether all that was written leaves, while the server has time for others. */
  async #isDrained(): Promise<boolean> {
    const { socket } = this.raw;
    if (await this.#isDrainedSoon()) return true;
    for (let tries = 0; tries < 10; tries++) {
      // Who is too busy to answer may be reading.
      const hasTime = await this.#talk().then(() => true, () => false);
      if (socket.writableLength === 0 || socket.destroyed) return true;
      if (hasTime) return false;
    }
    return false;
  }

  /** Saves the second client where none is needed. Nothing is decided by this time. */
  #isDrainedSoon(): Promise<boolean> {
    const { socket } = this.raw;
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        socket.off("drain", settle).off("close", settle);
        resolve(socket.writableLength === 0 || socket.destroyed);
      };
      const timer = setTimeout(settle, 100);
      socket.on("drain", settle).on("close", settle);
    });
  }

  /** Talks to the server as a second client, unless the first one gets on meanwhile. */
  async #talk(): Promise<void> {
    const { socket } = this.raw;
    const second = await this.#server.open();
    for (let round = 0; round < ROUNDS && socket.writableLength > 0 && !socket.destroyed; round++) {
      second.send(frame(OP.text, `round ${round}`));
      await expectFrame(second, OP.text, `round ${round}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await second.release();
  }

  /** From now on it reads. */
  #read(): void {
    const { socket } = this.raw;
    if (socket.listenerCount("data") > 0) return;
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#changed();
    });
    socket.resume();
  }

  /** Reads these bytes, so many times. */
  async expectRepeated(bytes: Buffer, times: number, what: string): Promise<void> {
    for (let i = 0; i < times; i++) {
      const came = await this.#take(bytes.length);
      const count = `After ${i * bytes.length + (came ?? { length: this.#length }).length} bytes of ${times * bytes.length}`;
      if (came === undefined) throw this.failure(`Expected ${what}, but not all came.\n${count} ${this.raw.ending === "open" ? "nothing more came" : "the connection ended"}.`);
      if (!came.equals(bytes)) throw this.failure(`Expected ${what}, but other bytes came.\n${count}: ${JSON.stringify(came.toString("latin1", 0, 40))}.`);
    }
  }

  /** Reads up to the end of the connection, which must come before so many bytes have, and returns how many there were. */
  async readToTheEnd(limit = Infinity): Promise<number> {
    this.#read();
    await this.#until(() => this.#length >= limit);
    if (this.#length < limit) await this.raw.expectEnd();
    return this.#length;
  }

  failure(message: string): Error {
    return this.raw.failure(message);
  }

  /** The next so many bytes, or `undefined` if they do not come. */
  async #take(length: number): Promise<Buffer | undefined> {
    this.#read();
    if (!(await this.#until(() => this.#length >= length))) return undefined;
    const parts: Buffer[] = [];
    for (let missing = length; missing > 0; ) {
      const [chunk = Buffer.alloc(0)] = this.#chunks.splice(0, 1);
      parts.push(chunk.subarray(0, missing));
      if (chunk.length > missing) this.#chunks.unshift(chunk.subarray(missing));
      missing -= parts.at(-1)?.length ?? 0;
    }
    this.#length -= length;
    return Buffer.concat(parts);
  }

  /** Whether it came true before the end. It is late when nothing has happened for a while. */
  #until(condition: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        this.#changed = () => {};
        resolve(condition());
      };
      const timer = setTimeout(settle, this.raw.patience);
      this.#changed = () => {
        timer.refresh();
        if (condition() || this.raw.ending !== "open") settle();
      };
      this.#changed();
    });
  }
}

/** A second client is answered at once, whatever the first one does. */
async function expectServed(server: ServerUnderTest, when: string): Promise<void> {
  const client = await server.open();
  client.send(frame(OP.text, "Anyone there?"));
  const { payload } = await readFrame(client, `an echo ${when}`);
  if (payload.toString() !== "Anyone there?") throw client.failure("Expected the echo of a second client.");
}
