import { createHash } from "node:crypto";
import { hex } from "./bytes.ts";
import type { Conversation } from "./check-error.ts";
import { framesBehindHead } from "./describe-bytes.ts";
import type { WrongByte } from "./wrong-byte.ts";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** What a wrong accept value was probably made of, from the bytes both ways; `undefined` if the value is right or absent. */
export function causeOfAccept({ sent, received }: Conversation): string | undefined {
  const key = headerOf(sent, "Sec-WebSocket-Key");
  const accept = headerOf(received, "Sec-WebSocket-Accept");
  if (key === undefined || accept === undefined || accept === digest(key + GUID, "base64")) return undefined;
  const causes: [value: string, cause: string][] = [
    [digest(key + GUID, "hex"), "It is the right hash in hex. The header wants it in base64."],
    [Buffer.from(digest(key + GUID, "hex")).toString("base64"), "It is the hash as hex digits, and these in base64. Encode the 20 bytes of the hash."],
    [digest(key, "base64"), "It is the hash of the key alone. The GUID of the RFC belongs behind the key."],
    [digest(GUID + key, "base64"), "The GUID stands in front of the key. It belongs behind it."],
    [digest(key + GUID.toLowerCase(), "base64"), "The GUID is in small letters. The RFC writes it in capitals, and the hash differs."],
    [digest(Buffer.concat([Buffer.from(key, "base64"), Buffer.from(GUID)]), "base64"), "The key was decoded from base64. It is hashed as the text that came."],
    [digest(`${key}${GUID}\r\n`, "base64"), "A line end was hashed with the key and the GUID."],
  ];
  const known = causes.find(([value]) => value === accept);
  if (known !== undefined) return known[1];
  if (Buffer.from(accept, "base64").length !== 20) return "A SHA-1 hash has 20 bytes, which are 28 characters of base64. This is something else.";
  return "It has the length of a hash, so something else was hashed than the key with the GUID behind it. Compare the GUID letter by letter.";
}

/**
 * Which byte of the key masked the first wrong byte of a payload, where what should have come is the
 * payload of one frame that we sent. Of a message in fragments, or a compressed one, nobody can tell.
 */
export function causeOfPayload({ payload }: WrongByte, { sent }: Conversation): string | undefined {
  if (payload === undefined) return undefined;
  for (const frame of framesBehindHead(sent)) {
    if (!frame.complete || frame.header?.mask === undefined) return undefined;
    if (Buffer.compare(frame.payload, payload.expected) === 0) {
      const [at, key] = [payload.index % 4, hex(frame.header.mask)];
      return `In the frame that we sent, byte ${at} of the key ${key} masks it (${payload.index} % 4 is ${at}, counted from the start of the payload).`;
    }
  }
  return undefined;
}

function headerOf(bytes: Uint8Array, name: string): string | undefined {
  const [head = ""] = Buffer.from(bytes).toString("latin1").split("\r\n\r\n");
  return new RegExp(`^${name}: *(.*?) *$`, "im").exec(head)?.[1];
}

function digest(data: string | Uint8Array, encoding: "base64" | "hex"): string {
  return createHash("sha1").update(data).digest(encoding);
}
