// Mistake: The decoder is flushed at each part of the last frame, as if a frame came in one chunk.
// Caught by: takes a text that comes one byte at a time
// Says: Expected a text frame with 350 bytes, but a close frame came, with the payload 03 ef.

import { Opcode } from "../constants.ts";
import type { FrameHeader } from "../frame.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override look(part: Buffer, header: FrameHeader): void {
    if (this.opcode !== Opcode.Text) return;
    this.checker.push(part);
    if (header.fin) this.checker.end();
  }
}

serve((socket) => new Mistake(socket));
