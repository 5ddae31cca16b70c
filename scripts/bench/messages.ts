import { deflate, encodeFrame, Opcode } from "../soak/frames.ts";
import { randomFrom, type Random } from "../soak/random.ts";
import { encodeFrame as encodeAnyFrame } from "../wire/encode-frame.ts";
import type { Workload } from "./workloads.ts";

/** Several messages that are sent in one write, made before anything is measured. */
export interface Batch {
  payloads: Buffer[];
  opcode: number;
  /** Of all payloads together. */
  bytes: number;
  /** A client's frames. */
  sent: Buffer;
  /** A server's frames with the same payloads; undefined where its bytes cannot be known beforehand. */
  expected: Buffer | undefined;
}

/** Enough different messages to be no special case, and few enough to stay in a processor's cache. */
const DIFFERENT_BYTES = 256 * 1024;
const MOST_BATCHES = 32;

/** The batches of a workload, always the same ones. With `isRaw` the server sends back our own bytes. */
export function makeBatches({ sizes, isText, depth, deflate: isCompressed, name }: Workload, isRaw: boolean): Batch[] {
  const random = randomFrom(1, name);
  const [from, to] = sizes;
  const opcode = isText ? Opcode.Text : Opcode.Binary;
  const count = Math.min(MOST_BATCHES, Math.max(2, Math.floor(DIFFERENT_BYTES / (to * depth))));
  return Array.from({ length: count }, () => {
    const payloads = Array.from({ length: depth }, () => {
      const length = from + random.below(to - from + 1);
      return isText ? jsonText(length, random) : random.bytes(length);
    });
    return makeBatch(payloads, opcode, isCompressed ?? false, isRaw);
  });
}

function makeBatch(payloads: Buffer[], opcode: number, isCompressed: boolean, isRaw: boolean): Batch {
  const frames = payloads.map((payload) =>
    isCompressed ? encodeFrame(opcode, deflate(payload), { rsv1: true }) : encodeFrame(opcode, payload),
  );
  const sent = Buffer.concat(frames);
  const bytes = payloads.reduce((sum, { length }) => sum + length, 0);
  return { payloads, opcode, bytes, sent, expected: isRaw ? sent : isCompressed ? undefined : serverFrames() };

  function serverFrames(): Buffer {
    return Buffer.concat(payloads.map((payload) => serverFrame(opcode, payload)));
  }
}

/** A frame as a server sends it: in one piece, without a mask. */
export function serverFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.from(encodeAnyFrame({ opcode, payload }).buffer);
}

const WORDS = ["price", "volume", "bid", "ask", "symbol", "time", "user", "room", "message", "status", "open", "closed"];

/** Text as programs send it to each other: JSON of so many bytes, cut off at the end. */
export function jsonText(length: number, random: Random): Buffer {
  const value = (): string => (random.below(2) === 0 ? `"${random.pick(WORDS)}"` : String(random.below(100_000)));
  let json = "{";
  while (json.length < length) json += `"${random.pick(WORDS)}":${value()},`;
  return Buffer.from(json.slice(0, length));
}
