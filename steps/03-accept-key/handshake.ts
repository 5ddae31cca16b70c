import { createHash } from "node:crypto";

/** The fixed string of RFC 6455, section 1.3. */
const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * The value of `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`:
 * SHA-1 over the key as it was sent (base64, not decoded) and the GUID, as base64.
 * RFC 6455, section 4.2.2, step 5.4.
 */
export function acceptKey(key: string): string {
  return createHash("sha1").update(key + WEBSOCKET_GUID).digest("base64");
}
