import { isUtf8 } from "node:buffer";
import { constants, deflateRawSync } from "node:zlib";
import { encodeFrame as encodeMasked, Opcode } from "../soak/frames.ts";
import { randomFrom } from "../soak/random.ts";
import { jsonText } from "./messages.ts";

/** A process that measures parts of one step, or what Node itself does; see `in-process.ts`. */

export interface TaskQuestion {
  id: number;
  task: TaskName;
  size: number;
  milliseconds: number;
}

export interface TaskAnswer {
  id: number;
  /** Nanoseconds of CPU time for each frame, or for each piece of text or memory. */
  nanoseconds?: number;
  /** Why it cannot be measured. */
  lacks?: string;
}

export type TaskName = "mask" | "utf8" | "encode" | "parse" | "compress";

/** Something to run again and again, and how many frames or pieces that is. */
interface Work {
  run: () => void;
  count: number;
}

/** The modules of a step that we look at, as step 18 has them. */
interface Modules {
  mask?: { xorMask?: (bytes: Buffer, key: number, phase: number) => void };
  frame?: {
    unmask?: (payload: Buffer, key: Buffer, phase: number) => void;
    encodeFrame?: (opcode: number, payload: Buffer) => Buffer;
  };
  utf8?: { Utf8Checker?: new () => { push(part: Buffer): void; end(): void } };
  parser?: { FrameParser?: new () => { push(chunk: Buffer, sink: object): unknown } };
  compression?: { MessageCompression?: new (agreement: object, isServer: boolean) => { compress(data: Buffer, fin: boolean): Buffer } };
}

/** How often something runs between two looks at the clock. */
const MOST_BLOCK = 8192;
const CHUNK = 64 * 1024;
const LONGEST_HEADER = 14;
/** So many bytes later, nothing is left of a message in a window of 32 KiB. */
const FORGOTTEN = 64 * 1024;
const KEY = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

const addresses = JSON.parse(process.env["BENCH_MODULES"] ?? "null") as Record<keyof Modules, string> | null;
const modules = addresses && (await load(addresses));
const random = randomFrom(1, "in-process");
const works = new Map<string, Work | string>();

process.on("message", ({ id, task, size, milliseconds }: TaskQuestion) => {
  const name = `${task} ${size}`;
  const work = works.get(name) ?? (modules ? stepWork(task, size, modules) : nodeWork(task, size));
  works.set(name, work);
  const answer: TaskAnswer = typeof work === "string" ? { id, lacks: work } : { id, nanoseconds: time(work, milliseconds) };
  process.send?.(answer);
});
process.on("disconnect", () => process.exit());
process.send?.({ id: 0 } satisfies TaskAnswer);

async function load(addresses: Record<string, string>): Promise<Modules> {
  const loaded = await Promise.all(Object.entries(addresses).map(async ([name, address]) => [name, await import(address)]));
  return Object.fromEntries(loaded) as Modules;
}

/**
 * Runs it for so much CPU time, since others may want the core meanwhile, and gives back how many
 * nanoseconds of it a frame takes. Garbage collection is part of it.
 */
function time({ run, count }: Work, milliseconds: number): number {
  const before = process.cpuUsage();
  let times = 0;
  for (let block = 1; ; block = Math.min(block * 2, MOST_BLOCK)) {
    for (let i = 0; i < block; i++) run();
    times += block;
    const { user, system } = process.cpuUsage(before);
    const spent = user + system;
    if (spent >= milliseconds * 1000) return (spent * 1000) / (times * count);
  }
}

/** What a step does for one task; a sentence if it exports nothing for it. */
function stepWork(task: TaskName, size: number, { mask, frame, utf8, parser, compression }: Modules): Work | string {
  const payload = random.bytes(size);
  if (task === "mask") {
    const key = KEY.readInt32LE();
    const [xorMask, unmask] = [mask?.xorMask, frame?.unmask];
    if (xorMask) return { count: 1, run: () => xorMask(payload, key, 0) };
    return unmask ? { count: 1, run: () => unmask(payload, KEY, 0) } : "it exports no xorMask";
  }
  if (task === "encode") {
    const encode = frame?.encodeFrame;
    return encode ? { count: 1, run: () => void encode(Opcode.Binary, payload) } : "it exports no encodeFrame";
  }
  if (task === "utf8") {
    const Checker = utf8?.Utf8Checker;
    if (!Checker) return "it exports no Utf8Checker";
    const words = text(size);
    return {
      count: 1,
      run: () => {
        const checker = new Checker();
        checker.push(words);
        checker.end();
      },
    };
  }
  if (task === "compress") {
    const Compression = compression?.MessageCompression;
    if (!Compression) return "it exports no MessageCompression";
    // Nothing is agreed upon but the extension itself: both sides keep 32 KiB of what they have sent.
    const connection = new Compression({}, true);
    return inTurn(size, (message) => void connection.compress(message, true));
  }
  return parser?.FrameParser ? parsing(new parser.FrameParser(), size) : "it exports no FrameParser";
}

/** A chunk full of frames. Unmasking in place masks again the next time: the chunk can be used for ever. */
function parsing(parser: { push(chunk: Buffer, sink: object): unknown }, size: number): Work | string {
  // No chunk of a socket is longer, but for frames that fill one alone.
  const count = Math.max(1, Math.floor(CHUNK / (size + LONGEST_HEADER)));
  const chunk = Buffer.concat(Array.from({ length: count }, () => encodeMasked(Opcode.Binary, random.bytes(size))));
  let frames = 0;
  let bytes = 0;
  const sink = {
    onHeader() {},
    onPayload(_header: unknown, part: Buffer) {
      bytes += part.length;
    },
    onFrameEnd() {
      frames++;
    },
    // Where a parser knows these two, a server gets nearly all of its messages by them.
    takesWhole: () => true,
    onWhole(payload: Buffer) {
      bytes += payload.length;
      frames++;
    },
  };
  try {
    parser.push(chunk, sink);
  } catch {
    frames = -1;
  }
  if (frames !== count || bytes !== count * size) return "its FrameParser has another interface than step 18's";
  return { count, run: () => void parser.push(chunk, sink) };
}

/** Each time, another of several messages: a second time, a window would hold it already. */
function inTurn(size: number, run: (message: Buffer) => void): Work {
  const count = Math.ceil(FORGOTTEN / size);
  const messages = Array.from({ length: count }, () => jsonText(size, random));
  return { count, run: () => messages.forEach((message) => run(message)) };
}

/** What Node does: check UTF-8 in C++, compress each message alone, and otherwise copy as many bytes. */
function nodeWork(task: TaskName, size: number): Work {
  if (task === "utf8") {
    const words = text(size);
    return { count: 1, run: () => void isUtf8(words) };
  }
  if (task === "compress") {
    return inTurn(size, (message) => void deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH }));
  }
  const from = random.bytes(size);
  const to = Buffer.alloc(size);
  return { count: 1, run: () => void from.copy(to) };
}

/** Of each ten characters one is not ASCII. */
function text(size: number): Buffer {
  const bytes = Buffer.from("naïve text ".repeat(Math.ceil(size / 11))).subarray(0, size);
  // The last character may be cut in half.
  return (bytes[size - 1] ?? 0) < 0x80 ? bytes : Buffer.concat([bytes.subarray(0, size - 2), Buffer.from("..")]);
}
