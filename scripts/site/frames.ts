import { renderFrame } from "../../public/browser/render-frame.ts";
import { toHex } from "../wire/decode-frame.ts";
import { encodeFrame } from "../wire/encode-frame.ts";

/**
 * A frame as the element `<ws-frame>`, drawn already: it needs no script, and nothing moves when one
 * comes. `playground` is the way from the page to the playground, to which the frame then links;
 * `extensions` are those that both sides have agreed on.
 */
export function drawFrame(bytes: Uint8Array, playground?: string, extensions: string[] = []): string {
  // A lesson does not say who sends a frame, but the mask does.
  const from = ((bytes[1] ?? 0) & 0x80) === 0 ? "server" : "client";
  return `<ws-frame hex="${toHex(bytes)}" from="${from}">${renderFrame(bytes, { from, playground, extensions })}</ws-frame>`;
}

/** The first frame that the course takes apart: a masked text, as in lesson 05. */
export function greeting(): Uint8Array {
  const mask = Uint8Array.of(0x3d, 0x54, 0x23, 0x39);
  return encodeFrame({ opcode: 1, mask, payload: new TextEncoder().encode("Websockets are great") });
}
