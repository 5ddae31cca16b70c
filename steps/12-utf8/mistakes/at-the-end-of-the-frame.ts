// Mistake: The text is checked frame by frame, and a frame may be long.
// Caught by: refuses a wrong byte at once, not at the end of the frame
// Says: Expected a close frame with code 1007 (no later byte can mend it), but nothing came within 2000 ms.

import { Opcode } from "../constants.ts";
import type { FrameHeader } from "../frame.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  #checked = 0;

  protected override look(): void {}

  protected override endFrame(header: FrameHeader, soFar: Buffer): void {
    if (this.opcode === Opcode.Text) this.checker.push(soFar.subarray(this.#checked));
    this.#checked = header.fin ? 0 : soFar.length;
  }
}

serve((socket) => new Mistake(socket));
