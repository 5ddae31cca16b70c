/**
 * What bytes say when they are read as a frame. It is written from RFC 6455, section 5.2, and shares
 * nothing with the code of the steps: it has to be able to say that they are wrong. It runs in Node
 * and in browsers.
 */
import { readHeader, type FrameHeader } from "./frame-header.ts";

/** A field of a frame, in the order of the bytes. */
export interface FrameField {
  name: "fin" | "rsv1" | "rsv2" | "rsv3" | "opcode" | "masked" | "length" | "mask" | "payload";
  /** Where it begins, in bits from the beginning of the frame. */
  bit: number;
  /** How long it is, in bits; of a payload that is cut off, as much as is there. */
  bits: number;
  /**
   * Numbers in decimal, bytes in hex. For `length`, the number of payload bytes: its bits are the
   * 7 of the second byte and the 16 or 64 behind them. For `payload`, the bytes unmasked.
   */
  value: string;
  /** What the value is called: `text` for opcode 1. */
  label?: string;
}

export interface Frame {
  /** The header in numbers; `undefined` if there are no bytes. */
  header: FrameHeader | undefined;
  /** The fields whose bytes are there; of the payload, what is there. */
  fields: FrameField[];
  /** The bytes of the frame that are there. */
  bytes: Uint8Array;
  /** How many bytes the header has; `undefined` while the first two are not there. */
  headerLength: number | undefined;
  /** How many bytes the payload has; `undefined` while its length is not there. */
  payloadLength: bigint | undefined;
  /** The payload unmasked, as far as it is there. */
  payload: Uint8Array;
  /** Nothing is missing. */
  complete: boolean;
}

/** The names of opcodes, RFC 6455, section 11.8. */
export const OPCODES: Readonly<Partial<Record<number, string>>> = {
  0: "continuation",
  1: "text",
  2: "binary",
  8: "close",
  9: "ping",
  10: "pong",
};

/** Decodes the frame at the beginning of `bytes`, as far as it goes. Never throws. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const fields: FrameField[] = [];
  const add = (name: FrameField["name"], bit: number, bits: number, value: string): void => {
    fields.push({ name, bit, bits, value });
  };
  const [first] = bytes;
  if (first !== undefined) {
    add("fin", 0, 1, String(first >> 7));
    add("rsv1", 1, 1, String((first >> 6) & 1));
    add("rsv2", 2, 1, String((first >> 5) & 1));
    add("rsv3", 3, 1, String((first >> 4) & 1));
    const opcode = first & 0x0f;
    const label = OPCODES[opcode] ?? "reserved";
    fields.push({ name: "opcode", bit: 4, bits: 4, value: String(opcode), label });
  }
  const header = readHeader(bytes);
  const { masked, headerLength, payloadLength, mask } = header ?? {};
  if (masked !== undefined) add("masked", 8, 1, masked ? "1" : "0");
  const maskStart = (headerLength ?? 0) - (masked ? 4 : 0);
  if (payloadLength !== undefined) add("length", 9, 8 * maskStart - 9, String(payloadLength));

  if (headerLength === undefined || payloadLength === undefined || bytes.length < headerLength) {
    return { header, fields, bytes, headerLength, payloadLength, payload: new Uint8Array(), complete: false };
  }
  if (mask) add("mask", 8 * maskStart, 32, toHex(mask));
  const rest = bytes.subarray(headerLength);
  const raw = BigInt(rest.length) > payloadLength ? rest.subarray(0, Number(payloadLength)) : rest;
  const payload = unmask(raw, mask);
  if (payload.length > 0) add("payload", 8 * headerLength, 8 * payload.length, toHex(payload));
  return {
    header,
    fields,
    bytes: bytes.subarray(0, headerLength + raw.length),
    headerLength,
    payloadLength,
    payload,
    complete: BigInt(raw.length) === payloadLength,
  };
}

/** The frames that stand one behind the other in `bytes`; the last one may be cut off. Never throws. */
export function* decodeFrames(bytes: Uint8Array): Generator<Frame, void> {
  let rest = bytes;
  while (rest.length > 0) {
    const frame = decodeFrame(rest);
    yield frame;
    rest = rest.subarray(frame.bytes.length);
  }
}

/**
 * Takes the mask off (or puts it on) a part of a payload; `phase` is how many bytes of the payload
 * came before. Returns a copy. RFC 6455, section 5.3.
 */
export function unmask(bytes: Uint8Array, mask: Uint8Array | undefined, phase = 0): Uint8Array {
  const result = Uint8Array.from(bytes);
  if (!mask) return result;
  for (let index = 0; index < result.length; index++) result[index]! ^= mask[(phase + index) % 4] ?? 0;
  return result;
}

/** Bytes as the lessons write them: `81 05 48`. */
export function toHex(bytes: Uint8Array, separator = " "): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(separator);
}
