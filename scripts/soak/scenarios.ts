import { once } from "node:events";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { DEFLATE_OFFER, request, type Client } from "./client.ts";
import { deflate, encodeClose, encodeFrame, inflate, Opcode, type Frame } from "./frames.ts";
import { mebibytes, number, pour, reasonOf, tally, within, type Load, type Outcome, type Size } from "./load.ts";
import type { Random } from "./random.ts";

export interface Scenario {
  name: string;
  /** What happens, for the table. */
  title: string;
  full: Size;
  quick: Size;
  /** An attack: the server's memory must not follow what it is sent. */
  isAttack?: boolean;
  /** Whether the table shows the memory of each connection, measured while all are open. */
  perConnection?: boolean;
  /** Only for servers that negotiate permessage-deflate. */
  needsDeflate?: boolean;
  /** Puts the load on the server; runs in the load generator's process. */
  run(load: Load, size: Size): Promise<Outcome>;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const scenarios: Scenario[] = [
  {
    name: "idle",
    title: "Idle connections",
    full: { connections: 10_000 },
    quick: { connections: 1000 },
    perConnection: true,
    run: async (load, { connections = 0 }) => {
      const clients = await load.connectMany(connections);
      await load.hold();
      const alive = await countPongs(clients);
      const closed = await closeAll(clients);
      return {
        counted: [
          ["open", number(clients.length)],
          ["answer a ping", number(alive)],
          ["closed with 1000", number(closed)],
        ],
        problems: [
          ...missing(connections, clients.length, "connections did not open"),
          ...missing(clients.length, alive, "connections did not answer a ping"),
          ...missing(clients.length, closed, "connections did not end with a closing handshake"),
        ],
      };
    },
  },
  {
    name: "idle-deflate",
    title: "Idle connections, each after one compressed message",
    full: { connections: 1000 },
    quick: { connections: 200 },
    perConnection: true,
    needsDeflate: true,
    run: async (load, { connections = 0 }) => {
      // The offer without parameters, so that both sides keep their context.
      const clients = await load.connectMany(connections, { extensions: "permessage-deflate" });
      const message = encodeFrame(Opcode.Text, deflate(Buffer.from("compress me, ".repeat(200))), { rsv1: true });
      const echoes = clients.map((client) => within(nextData(client)));
      for (const { socket } of clients) socket.write(message);
      const answered = (await Promise.all(echoes)).filter(Boolean).length;
      await load.hold();
      const closed = await closeAll(clients);
      return {
        counted: [
          ["open", number(clients.length)],
          ["echoes", number(answered)],
        ],
        problems: [
          ...missing(connections, clients.length, "connections did not open"),
          ...missing(clients.length, answered, "echoes are missing"),
          ...missing(clients.length, closed, "connections did not end with a closing handshake"),
        ],
      };
    },
  },
  {
    name: "echo",
    title: "Clients echoing",
    full: { clients: 2000, messages: 20 },
    quick: { clients: 200, messages: 20 },
    run: (load, size) => echo(load, size, false),
  },
  {
    name: "echo-deflate",
    title: "Clients echoing, compressed",
    full: { clients: 500, messages: 10 },
    quick: { clients: 50, messages: 10 },
    needsDeflate: true,
    run: (load, size) => echo(load, size, true),
  },
  {
    name: "kills",
    title: "Clients killed at random moments",
    full: { clients: 1000 },
    quick: { clients: 200 },
    run: async (load, { clients = 0 }) => {
      const witness = await load.witness();
      const moments: string[] = [];
      const killSome = async (): Promise<void> => {
        while (moments.length < clients) {
          const moment = load.random.pick(MOMENTS);
          moments.push(moment);
          await kill(load, moment);
        }
      };
      await Promise.all(Array.from({ length: 50 }, killSome));
      return {
        counted: [["killed", number(moments.length)]],
        problems: await witness.end(),
      };
    },
  },
  {
    name: "half-open",
    title: "Requests that never end, and requests byte by byte",
    full: { endless: 1000, slow: 200 },
    quick: { endless: 200, slow: 20 },
    isAttack: true,
    run: async (load, { endless = 0, slow = 0 }) => {
      const witness = await load.witness();
      const never = Array.from({ length: endless }, () => load.connect({ silent: true }));
      for (const { socket } of never) socket.write(request().slice(0, load.random.below(request().length - 1)));

      const slowOnes = Array.from({ length: slow }, () => load.connect({ silent: true }));
      for (const byte of request()) {
        for (const { socket } of slowOnes) socket.write(byte);
        await turn();
      }
      await Promise.all(slowOnes.map(({ opened }) => within(opened)));
      const opened = slowOnes.filter(({ isOpen }) => isOpen);
      const alive = await countPongs(opened);
      await load.hold();
      const problems = await witness.end();
      return {
        counted: [
          ["never ended", number(never.length)],
          ["byte by byte, then open", number(alive)],
        ],
        problems: [
          ...missing(slow, alive, "handshakes byte by byte did not lead to a WebSocket"),
          ...never.filter(({ isOpen }) => isOpen).slice(0, 1).map(() => "a request that never ended was accepted"),
          ...problems,
        ],
      };
    },
  },
  {
    name: "pings",
    title: "Ping flood, and the flooder reads",
    full: { clients: 4, pings: 50_000 },
    quick: { clients: 4, pings: 20_000 },
    isAttack: true,
    run: async (load, { clients = 0, pings = 0 }) => {
      const witness = await load.witness();
      const flooders = await load.connectMany(clients);
      const many = repeat(encodeFrame(Opcode.Ping, load.random.bytes(125)), 500);
      await Promise.all(flooders.map((client) => pour(client, many, pings / 500)));
      await Promise.all(flooders.map((client) => within(allPongs(client, pings))));
      const problems = await witness.end();
      // A server may hang up on a flooder, but it must not leave out answers while it does not.
      const short = flooders.filter((client) => client.isOpen && client.pongs !== pings);
      return {
        counted: [
          ["pings", number(flooders.length * pings)],
          ["pongs", number(flooders.reduce((sum, client) => sum + client.pongs, 0))],
          ["cut off", number(flooders.filter(({ isClosed }) => isClosed).length)],
        ],
        problems: [
          ...missing(clients, flooders.length, "connections did not open"),
          ...short.map((client) => `of ${number(pings)} pings on an open connection, ${number(client.pongs)} were answered`),
          ...problems,
        ],
      };
    },
  },
  {
    name: "pings-unread",
    title: "Ping flood, and the flooder never reads",
    full: { clients: 4, bytes: 24 * MIB },
    quick: { clients: 4, bytes: 12 * MIB },
    isAttack: true,
    run: (load, size) => flood(load, size, repeat(encodeFrame(Opcode.Ping, load.random.bytes(125)), 500)),
  },
  {
    name: "unread",
    title: "Echoes that are never read",
    full: { clients: 4, bytes: 64 * MIB },
    quick: { clients: 4, bytes: 32 * MIB },
    isAttack: true,
    run: (load, size) => flood(load, size, encodeFrame(Opcode.Binary, load.random.bytes(64 * KIB))),
  },
  {
    name: "fragments",
    title: "Messages in tiny fragments, and in empty ones",
    full: { fragments: 1_000_000 },
    quick: { fragments: 200_000 },
    isAttack: true,
    run: async (load, { fragments = 0 }) => {
      const witness = await load.witness();
      const verdicts: string[] = [];
      const problems: string[] = [];
      for (const payload of [Buffer.from("x"), Buffer.alloc(0)]) {
        const what = payload.length > 0 ? "tiny" : "empty";
        const [client] = await load.connectMany(1);
        if (client === undefined) return { counted: [], problems: ["the connection did not open"] };
        const echoed = received(client);
        client.socket.write(encodeFrame(Opcode.Text, payload, { fin: false }));
        const perChunk = 1000;
        const many = repeat(encodeFrame(Opcode.Continuation, payload, { fin: false }), perChunk);
        await pour(client, many, fragments / perChunk);
        client.socket.write(encodeFrame(Opcode.Continuation, Buffer.from("!"), { fin: true }));
        const echo = await within(Promise.race([echoed, client.closed.then(() => undefined)]));
        const expected = `${payload.toString().repeat(Math.floor(fragments / perChunk) * perChunk + 1)}!`;
        if (echo?.toString() === expected) verdicts.push(`${what}: echoed`);
        else if (REFUSALS.includes(client.closeCode)) verdicts.push(`${what}: refused with ${client.closeCode}`);
        else {
          verdicts.push(`${what}: lost`);
          problems.push(`a message of ${what} fragments was neither echoed nor refused${reasonOf(client)}`);
        }
        client.socket.destroy();
      }
      return {
        counted: [
          ["fragments in each message", number(fragments)],
          ["the message is", verdicts.join("; ")],
        ],
        problems: [...problems, ...(await witness.end())],
      };
    },
  },
  {
    name: "bomb",
    title: "Deflate bombs",
    full: { clients: 50, bytes: 100 * MIB },
    quick: { clients: 10, bytes: 50 * MIB },
    isAttack: true,
    needsDeflate: true,
    run: async (load, { clients = 0, bytes = 0 }) => {
      const witness = await load.witness();
      const bomb = deflate(Buffer.alloc(bytes));
      const bombers = await load.connectMany(clients, { extensions: "permessage-deflate" });
      for (const [index, { socket }] of bombers.entries()) {
        if (index % 2 === 0) socket.write(encodeFrame(Opcode.Binary, bomb, { rsv1: true }));
        else for (const fragment of fragmented(bomb, KIB)) socket.write(fragment);
      }
      await Promise.all(bombers.map(({ closed }) => within(closed)));
      const problems = await witness.end();
      const refused = bombers.filter(({ closeCode, error }) => closeCode === 1009 || (closeCode === 0 && error !== ""));
      return {
        counted: [
          ["bombs", `${number(bombers.length)} of ${mebibytes(bytes)}, sent as ${mebibytes(bomb.length)}`],
          ["close codes", tally(bombers.map((client) => client.closeCode || client.error || "none"))],
        ],
        problems: [
          ...missing(clients, bombers.length, "connections did not open"),
          ...missing(bombers.length, refused.length, "bombs were not refused"),
          ...problems,
        ],
      };
    },
  },
  {
    name: "garbage",
    title: "Garbage: random bytes, and frames that are almost right",
    full: { clients: 1000 },
    quick: { clients: 200 },
    isAttack: true,
    run: async (load, { clients = 0 }) => {
      const witness = await load.witness();
      const half = Math.floor(clients / 2);
      const strangers = Array.from({ length: clients - half }, () => load.connect({ silent: true }));
      for (const { socket } of strangers) socket.write(load.random.bytes(1 + load.random.below(4096)));
      const open = await load.connectMany(half);
      for (const [index, { socket }] of open.entries()) {
        if (index % 2 === 0) socket.write(load.random.bytes(1 + load.random.below(4096)));
        else for (let i = 0; i < 20; i++) socket.write(almostFrame(load.random));
      }
      // What looks like the beginning of something may wait for the rest: our FIN says that there is none.
      for (const { socket } of [...strangers, ...open]) socket.end();
      await Promise.all([...strangers, ...open].map(({ closed }) => within(closed)));
      const hanging = [...strangers, ...open].filter(({ isClosed }) => !isClosed);
      const problems = await witness.end();
      return {
        counted: [
          ["answers to it as a handshake", tally(strangers.map(({ status }) => status || "none"))],
          ["close codes for it as frames", tally(open.map(({ closeCode }) => closeCode || "none"))],
        ],
        problems: [
          ...missing(half, open.length, "connections did not open"),
          ...(hanging.length > 0 ? [`${number(hanging.length)} connections stay open although the client has ended them`] : []),
          ...problems,
        ],
      };
    },
  },
  {
    name: "storm",
    title: "Reconnect storms",
    full: { clients: 1000, rounds: 10 },
    quick: { clients: 200, rounds: 5 },
    run: async (load, { clients = 0, rounds = 0 }) => {
      let echoes = 0;
      const reasons: string[] = [];
      for (let round = 0; round < rounds; round++) {
        const crowd = Array.from({ length: clients }, () => load.connect());
        await Promise.all(
          crowd.map(async (client) => {
            if (!(await within(client.opened))) return void reasons.push(client.error || `status ${client.status}`);
            const echo = within(Promise.race([nextData(client), client.closed.then(() => undefined)]));
            client.send(Opcode.Text, Buffer.from("back again"));
            if ((await echo)?.payload.equals(Buffer.from("back again"))) echoes++;
            else reasons.push("no echo");
          }),
        );
        // All at once, as when a network goes away.
        for (const { socket } of crowd) load.random.pick([() => socket.destroy(), () => socket.resetAndDestroy()])();
        await Promise.all(crowd.map(({ closed }) => closed));
      }
      return {
        counted: [
          ["connections", number(clients * rounds)],
          ["echoes", number(echoes)],
        ],
        problems: missing(clients * rounds, echoes, `echoes are missing${reasons.length > 0 ? ` (${tally(reasons)})` : ""}`),
      };
    },
  },
];

/** A policy that it violates, or too big: with these a server may refuse what is legal but too much. */
const REFUSALS = [1008, 1009];

function missing(wanted: number, there: number, what: string): string[] {
  return there < wanted ? [`${number(wanted - there)} of ${number(wanted)} ${what}`] : [];
}

function repeat(bytes: Buffer, times: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => bytes));
}

function* fragmented(payload: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < payload.length; at += size) {
    const isFirst = at === 0;
    const opcode = isFirst ? Opcode.Binary : Opcode.Continuation;
    yield encodeFrame(opcode, payload.subarray(at, at + size), { fin: at + size >= payload.length, rsv1: isFirst });
  }
}

function nextData(client: Client): Promise<Frame> {
  return new Promise((resolve) => (client.onData = resolve));
}

/** The next message, in as many frames as it comes. */
function received(client: Client): Promise<Buffer> {
  const parts: Buffer[] = [];
  return new Promise((resolve) => {
    client.onData = ({ payload, fin }) => {
      parts.push(payload);
      if (fin) resolve(Buffer.concat(parts));
    };
  });
}

/** A frame that is right in most respects, so that it gets further than mere noise. */
function almostFrame(random: Random): Buffer {
  const opcode = random.pick([0, 1, 2, 2, 8, 9, 10]);
  const payload = random.pick([random.bytes(random.below(300)), Buffer.from("text"), encodeClose(1000).subarray(6)]);
  const frame = encodeFrame(opcode, payload, { fin: random.fraction() < 0.8 });
  if (random.fraction() < 0.2) {
    const at = random.below(frame.length);
    frame[at] = (frame[at] as number) ^ (1 << random.below(8));
  }
  return frame;
}

async function allPongs(client: Client, count: number): Promise<void> {
  while (client.pongs < count && !client.isClosed) await sleep(10);
}

/** How many of the clients get an answer to a ping. */
async function countPongs(clients: Client[]): Promise<number> {
  const counts = await inTurns(clients, async (client) => {
    const before = client.pongs;
    client.send(Opcode.Ping, Buffer.from("there?"));
    await within(Promise.race([allPongs(client, before + 1), client.closed]));
    return client.pongs > before ? 1 : 0;
  });
  return counts.reduce((sum: number, count) => sum + count, 0);
}

/** Closes with 1000, and counts those that close with the same. */
async function closeAll(clients: Client[]): Promise<number> {
  const counts = await inTurns(clients, async (client) => {
    client.socket.write(encodeClose(1000));
    await within(client.closed);
    return client.closeCode === 1000 ? 1 : 0;
  });
  return counts.reduce((sum: number, count) => sum + count, 0);
}

/** Does something with each, with some at a time. */
async function inTurns<T, U>(items: T[], act: (item: T) => Promise<U>, atOnce = 500): Promise<U[]> {
  const results: U[] = [];
  const rest = items[Symbol.iterator]();
  const go = async (): Promise<void> => {
    for (const item of rest) results.push(await act(item));
  };
  await Promise.all(Array.from({ length: atOnce }, go));
  return results;
}

/** Sends a chunk over and over and never reads what comes back. */
async function flood(load: Load, { clients = 0, bytes = 0 }: Size, chunk: Buffer): Promise<Outcome> {
  const witness = await load.witness();
  const flooders = await load.connectMany(clients, { neverReads: true });
  const sent = await Promise.all(flooders.map((client) => pour(client, chunk, bytes / chunk.length)));
  const taken = sent.reduce((sum, count) => sum + count, 0);
  const problems = await witness.end();
  return {
    counted: [
      ["offered", mebibytes(flooders.length * bytes)],
      ["taken by the server", mebibytes(taken)],
      ["cut off", number(flooders.filter(({ isClosed, error }) => isClosed || error !== "").length)],
    ],
    problems: [...missing(clients, flooders.length, "connections did not open"), ...problems],
  };
}

/** Text and bytes to cut messages from. */
function pools(random: Random): { text: Buffer; bytes: Buffer } {
  const bytes = random.bytes(128 * KIB);
  // Printable ASCII: UTF-8 wherever it is cut, and worth compressing.
  return { bytes, text: bytes.map((byte) => 0x20 + (byte % 64)) as Buffer };
}

/** Every client sends its messages at once; each must come back once, unchanged, and in order. */
async function echo(load: Load, { clients: count = 0, messages = 0 }: Size, compressed: boolean): Promise<Outcome> {
  const { random } = load;
  const { text, bytes } = pools(random);
  const clients = await load.connectMany(count, { extensions: compressed ? DEFLATE_OFFER : undefined });
  let right = 0;
  let wrong = 0;
  let size = 0;
  const all = clients.map((client) => {
    const expected = Array.from({ length: messages }, () => {
      const length = random.fraction() < 0.02 ? random.below(64 * KIB) : random.below(1500);
      const start = random.below(64 * KIB);
      const isText = random.fraction() < 0.5;
      return { opcode: isText ? Opcode.Text : Opcode.Binary, payload: (isText ? text : bytes).subarray(start, start + length) };
    });
    const done = new Promise<void>((resolve) => {
      let next = 0;
      client.onData = ({ opcode, payload, rsv1, fin }) => {
        const wanted = expected[next++];
        if (fin && opcode === wanted?.opcode && inflated(payload, rsv1)?.equals(wanted.payload)) right++;
        else wrong++;
        if (next === messages) resolve();
      };
    });
    for (const { opcode, payload } of expected) {
      size += payload.length;
      const isDeflated = client.deflates && payload.length > 0;
      client.socket.write(encodeFrame(opcode, isDeflated ? deflate(payload) : payload, { rsv1: isDeflated }));
    }
    return within(Promise.race([done, client.closed]));
  });
  await Promise.all(all);
  const closed = await closeAll(clients);
  const total = count * messages;
  return {
    counted: [
      ["clients", number(clients.length)],
      ["messages", `${number(total)}, ${mebibytes(size)}`],
      ["echoed unchanged, in order", number(right)],
    ],
    problems: [
      ...missing(count, clients.length, "connections did not open"),
      ...(wrong > 0 ? [`${number(wrong)} echoes were wrong, too many or out of order`] : []),
      ...missing(total, right, "echoes are missing"),
      ...missing(clients.length, closed, "connections did not end with a closing handshake"),
    ],
  };
}

/** The payload of a message, or undefined if it cannot be inflated. */
function inflated(payload: Buffer, rsv1: boolean): Buffer | undefined {
  if (!rsv1) return payload;
  try {
    return inflate(payload);
  } catch {
    return undefined;
  }
}

const MOMENTS = ["in the request", "before the answer", "in a frame", "in a message", "before the echo", "in the closing handshake"] as const;

/** Lets a client come up to a moment and ends it there, by FIN or by RST. */
async function kill(load: Load, moment: (typeof MOMENTS)[number]): Promise<void> {
  const { random } = load;
  const client = load.connect({ silent: true });
  const { socket } = client;
  await within(Promise.race([once(socket, "connect").catch(() => {}), client.closed]));
  const frame = encodeFrame(Opcode.Binary, random.bytes(1 + random.below(8 * KIB)));
  if (moment === "in the request") socket.write(request().slice(0, random.below(request().length)));
  else socket.write(request());
  if (moment !== "in the request" && moment !== "before the answer") await within(client.opened);
  if (moment === "in a frame") socket.write(frame.subarray(0, 1 + random.below(frame.length - 1)));
  if (moment === "in a message") socket.write(encodeFrame(Opcode.Text, Buffer.from("to be contin"), { fin: false }));
  if (moment === "before the echo") for (let i = random.below(20); i >= 0; i--) socket.write(frame);
  if (moment === "in the closing handshake") socket.write(encodeClose(1000));
  // Before the bytes have left, while they are on their way, or a little later.
  await random.pick([() => Promise.resolve(), () => turn(), () => sleep(random.below(10))])();
  if (random.fraction() < 0.5) socket.destroy();
  else socket.resetAndDestroy();
  await client.closed;
}
