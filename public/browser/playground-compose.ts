import { decodeFrame, toHex } from "../../scripts/wire/decode-frame.ts";
import { encodeFrame, type FrameParts, type LengthForm } from "../../scripts/wire/encode-frame.ts";
import { readHex } from "./playground-hex.ts";

/** What the fields of the form hold, as the reader has typed it. */
export interface Wishes {
  fin: boolean;
  rsv: number;
  opcode: number;
  masked: boolean;
  key: string;
  form: LengthForm;
  /** What the header shall say instead of the truth; empty for the truth. */
  falseLength: string;
  payload: string;
  kind: "text" | "hex";
}

export type Composition = { bytes: Uint8Array; problem?: undefined } | { bytes?: undefined; problem: string };

/** The frame that was wished for, or a sentence that says which wish cannot be fulfilled. */
export function compose(wishes: Wishes): Composition {
  const key = readHex(wishes.key);
  if (wishes.masked && key.problem !== undefined) return { problem: `Key: ${key.problem}` };
  if (wishes.masked && key.bytes?.length !== 4) {
    return { problem: `Key: a masking key has 4 bytes, and here are ${key.bytes?.length ?? 0}.` };
  }
  const payload = wishes.kind === "text" ? { bytes: new TextEncoder().encode(wishes.payload) } : readHex(wishes.payload);
  if (payload.bytes === undefined) return { problem: `Payload: ${payload.problem}` };
  const typed = wishes.falseLength.replace(/[\s,_']/g, "");
  if (!/^([0-9]{1,20})?$/.test(typed)) return { problem: `False length: “${wishes.falseLength.trim().slice(0, 20)}” is no number of bytes.` };

  const parts: FrameParts = {
    fin: wishes.fin,
    rsv: wishes.rsv,
    opcode: wishes.opcode,
    mask: wishes.masked ? key.bytes : undefined,
    lengthForm: wishes.form,
    falseLength: typed === "" ? undefined : BigInt(typed),
    payload: payload.bytes,
  };
  try {
    return { bytes: encodeFrame(parts) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { problem: `Length: ${error.message}. 7 bits hold up to 125, 16 bits up to 65,535.` };
  }
}

/** The wishes that lead to these bytes; `undefined` if they are not exactly one frame whose header is there. */
export function decompose(bytes: Uint8Array): Wishes | undefined {
  const frame = decodeFrame(bytes);
  const [first = 0, second = 0] = bytes;
  if (frame.headerLength === undefined || frame.payloadLength === undefined) return undefined;
  if (bytes.length < frame.headerLength || frame.bytes.length < bytes.length) return undefined;
  const { payload, payloadLength, headerLength } = frame;
  const short = second & 127;
  const written: LengthForm = short === 127 ? 64 : short === 126 ? 16 : 7;
  const shortest: LengthForm = payloadLength > 65535n ? 64 : payloadLength > 125n ? 16 : 7;
  const text = (first & 15) === 8 ? undefined : asText(payload);
  const masked = second >> 7 === 1;
  return {
    fin: first >> 7 === 1,
    rsv: (first >> 4) & 7,
    opcode: first & 15,
    masked,
    key: masked ? toHex(bytes.subarray(headerLength - 4, headerLength)) : "",
    form: written === shortest ? "shortest" : written,
    falseLength: frame.complete ? "" : String(payloadLength),
    payload: text ?? toHex(payload),
    kind: text === undefined ? "hex" : "text",
  };
}

/** The bytes as text that a text field gives back as it is; `undefined` if there is none. */
function asText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    // A text field turns other line ends into \n.
    return /[\r\0]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
