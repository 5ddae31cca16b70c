/** Frames as one wishes them, right or wrong; shares nothing with the code of the steps. */
import { unmask } from "./decode-frame.ts";

/** How the length is written: in the shortest form that can hold it, or in a form of one's choice. */
export type LengthForm = "shortest" | 7 | 16 | 64;

/** What is left out is as in a server's frame of one piece: final, without reserved bits and mask, in the shortest form. */
export interface FrameParts {
  fin?: boolean;
  /** The three reserved bits, RSV1 the highest: 0 to 7. */
  rsv?: number;
  /** 0 to 15. */
  opcode: number;
  /** Four bytes, or `undefined` for a frame without a mask. */
  mask?: Uint8Array | undefined;
  lengthForm?: LengthForm | undefined;
  /** What the header says, if that is not the truth. */
  falseLength?: bigint | undefined;
  /** The payload, not masked. */
  payload: Uint8Array;
}

/** The bytes of a frame. Throws a `RangeError` if the form cannot hold the length. RFC 6455, section 5.2. */
export function encodeFrame(parts: FrameParts): Uint8Array {
  const { fin = true, rsv = 0, opcode, mask, lengthForm = "shortest", payload } = parts;
  const [short = 0, ...long] = encodeLength(parts.falseLength ?? BigInt(payload.length), lengthForm);
  const header = [(fin ? 128 : 0) | (rsv << 4) | opcode, (mask ? 128 : 0) | short, ...long, ...(mask ?? [])];
  const bytes = new Uint8Array(header.length + payload.length);
  bytes.set(header);
  bytes.set(unmask(payload, mask), header.length);
  return bytes;
}

/** The 7 bits of the second byte, and the bytes behind it. */
function encodeLength(length: bigint, form: LengthForm): number[] {
  const bits = form === "shortest" ? (length <= 125n ? 7 : length <= 0xffffn ? 16 : 64) : form;
  // 126 and 127 stand in the 7 bits for the longer forms.
  const most = bits === 7 ? 125n : 2n ** BigInt(bits) - 1n;
  if (length < 0n || length > most) throw new RangeError(`${length} does not fit into ${bits} bits`);
  if (bits === 7) return [Number(length)];
  const count = bits / 8;
  const bytes = Array.from({ length: count }, (_, index) => Number((length >> BigInt(8 * (count - 1 - index))) & 255n));
  return [bits === 16 ? 126 : 127, ...bytes];
}
