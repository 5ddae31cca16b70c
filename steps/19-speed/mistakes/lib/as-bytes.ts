import { frameLength, writeFrame } from "../../frame.ts";
import type { ProtocolHandler } from "../../protocol.ts";

/** A protocol's handler that gets all frames as bytes. */
export function asBytes<Handler extends Omit<ProtocolHandler, "onFrame">>(handler: Handler): Handler & ProtocolHandler {
  return Object.assign(handler, {
    onFrame(first: number, payload: Buffer, key: number | undefined, written?: (error?: Error | null) => void) {
      const bytes = Buffer.alloc(frameLength(payload.length, key !== undefined));
      writeFrame(bytes, 0, first, payload, key);
      handler.onBytes(bytes, written);
    },
  });
}
