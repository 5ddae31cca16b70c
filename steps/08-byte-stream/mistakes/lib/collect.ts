import type { FrameSink } from "../../frame-parser.ts";
import type { Frame } from "./serve.ts";

/** Puts the parts of each frame together, as the server's own sink does. */
export function collect(onFrame: (frame: Frame) => void): FrameSink {
  let parts: Buffer[] = [];
  return {
    onHeader() {
      parts = [];
    },
    onPayload(header, part) {
      parts.push(part);
    },
    onFrameEnd({ opcode }) {
      onFrame({ opcode, payload: Buffer.concat(parts) });
    },
  };
}
