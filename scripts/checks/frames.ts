import { encodeFrame } from "../wire/encode-frame.ts";
import { firstDifference, hex } from "./bytes.ts";
import { CheckError } from "./check-error.ts";
import type { RawClient } from "./raw-client.ts";
import { wrongByteOfFrame } from "./wrong-byte.ts";

/** The opcodes of RFC 6455, section 5.2. */
export const OP = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** What to say in a client's frame. Without options it is a final, masked frame with minimal length. */
export type FrameOptions = {
  fin?: boolean;
  /** The three reserved bits, as a number from 0 to 7; RSV1 is 4. */
  rsv?: number;
  /** `null` leaves the mask out. */
  mask?: readonly [number, number, number, number] | null;
  /** Bits of the length field: 7, 16 or 64, whatever the payload needs. */
  lengthBits?: 7 | 16 | 64;
  /** What the header claims, whatever the payload has. */
  declaredLength?: bigint;
};

const MASK = [0x3d, 0x54, 0x23, 0x39] as const;

/** A frame as a client sends it. Text is sent as UTF-8. */
export function frame(opcode: number, payload: string | Uint8Array = "", options: FrameOptions = {}): Buffer {
  const { mask = MASK, lengthBits, declaredLength, ...bits } = options;
  const bytes = encodeFrame({
    ...bits,
    opcode,
    mask: mask === null ? undefined : Uint8Array.from(mask),
    lengthForm: lengthBits,
    falseLength: declaredLength,
    payload: Buffer.from(payload as Uint8Array),
  });
  return Buffer.from(bytes.buffer);
}

/** The payload of a Close frame. */
export function closePayload(code: number, reason: string | Uint8Array = ""): Buffer {
  const status = Buffer.alloc(2);
  status.writeUInt16BE(code);
  return Buffer.concat([status, Buffer.from(reason as Uint8Array)]);
}

/** A frame that a server has sent. */
export type ReceivedFrame = {
  fin: boolean;
  rsv: number;
  opcode: number;
  payload: Buffer;
  /** All of its bytes. */
  bytes: Buffer;
};

/** Reads one frame from the server and demands what every server's frame must be. */
export async function readFrame(client: RawClient, what = "a frame"): Promise<ReceivedFrame> {
  const head = await client.readBytes(2, what);
  const [first = 0, second = 0] = head;
  const wrong = (message: string, expected: number) =>
    client.failure(`${describe(head)}: ${message}`, wrongByteOfFrame(head, Buffer.from([first, expected])));
  if ((second & 0x80) !== 0) throw wrong("the MASK bit is set, but a server must not mask (RFC 6455, section 5.1).", second & 0x7f);

  const short = second & 0x7f;
  const extended = short === 126 ? await client.readBytes(2, "a 16-bit length") : short === 127 ? await client.readBytes(8, "a 64-bit length") : Buffer.alloc(0);
  const length = short === 126 ? extended.readUInt16BE() : short === 127 ? Number(extended.readBigUInt64BE()) : short;
  if (short === 126 && length < 126) throw wrong(`the length ${length} is written in 16 bits, and 7 would do (RFC 6455, section 5.2).`, length);
  if (short === 127 && length < 65536) throw wrong(`the length ${length} is written in 64 bits, and fewer would do (RFC 6455, section 5.2).`, Math.min(length, 126));

  const payload = Buffer.from(await client.readBytes(length, `a payload of ${length} bytes, as the header says`));
  const bytes = Buffer.concat([head, extended, payload]);
  return { fin: (first & 0x80) !== 0, rsv: (first >> 4) & 7, opcode: first & 0x0f, payload, bytes };
}

/** Reads one frame and expects it to be exactly this one, whole and without reserved bits. */
export async function expectFrame(client: RawClient, opcode: number, payload: string | Uint8Array): Promise<void> {
  const expected = Buffer.from(payload as Uint8Array);
  const wanted = `a ${name(opcode)} frame with ${expected.length} bytes`;
  const received = await readFrame(client, wanted);
  const wrong = (message: string) =>
    client.failure(message, wrongByteOfFrame(received.bytes, frame(opcode, expected, { mask: null })));
  if (received.opcode !== opcode) throw wrong(`Expected ${wanted}, but a ${name(received.opcode)} frame came, with the payload ${hex(received.payload, 16)}.`);
  if (received.rsv !== 0) throw wrong(`Expected ${wanted}, but it has reserved bits set, and no extension was agreed on.`);
  if (!received.fin) throw wrong(`Expected ${wanted}, but its FIN bit is 0.`);
  const difference = firstDifference(received.payload, expected);
  if (difference !== undefined) throw wrong(`The ${name(opcode)} frame came, but its payload is wrong: ${difference}.`);
}

/** Expects a Close frame with this code (`undefined`: an empty one), and then the end of the connection. */
export async function expectClose(client: RawClient, code: number | undefined, why = ""): Promise<void> {
  const wanted = `a close frame with ${code === undefined ? "no code" : `code ${code}`}${why === "" ? "" : ` (${why})`}`;
  const { opcode, payload, bytes } = await readFrame(client, wanted);
  // What stands behind the code is the server's to choose.
  const body = code === undefined ? Buffer.alloc(0) : Buffer.concat([closePayload(code), payload.subarray(2)]);
  const wrongByte = wrongByteOfFrame(bytes, frame(OP.close, body, { mask: null }));
  if (opcode !== OP.close) throw client.failure(`Expected ${wanted}, but a ${name(opcode)} frame came, with the payload ${hex(payload, 16)}.`, wrongByte);
  const actual = payload.length >= 2 ? payload.readUInt16BE() : undefined;
  if (actual !== code || payload.length === 1) {
    throw client.failure(`Expected ${wanted}, but it has ${actual === undefined ? `the payload "${hex(payload)}"` : `code ${actual}`}.`, wrongByte);
  }
  await client.expectEnd();
  if (client.unread.length > 0) {
    throw client.failure("Nothing may follow a close frame, but bytes came.", wrongByteOfFrame(client.unread, new Uint8Array()));
  }
}

function name(opcode: number): string {
  return Object.entries(OP).find(([, value]) => value === opcode)?.[0] ?? `reserved (opcode ${opcode})`;
}

function describe(head: Uint8Array): string {
  if (head.length < 2) throw new CheckError("A header has at least two bytes.");
  return `The header ${hex(head)}`;
}
