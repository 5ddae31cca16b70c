// Mistake: The Close frame is sent, and the frames behind the wrong one are still processed.
// Caught by: processes nothing after a violation
// Says: Nothing may follow a close frame, but bytes came.

import { Opcode } from "../constants.ts";
import { checkHeader, type FrameHeader } from "../frame.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  #refused = false;

  protected override check(header: FrameHeader): void {
    this.#refused = false;
    try {
      checkHeader(header);
    } catch {
      this.#refused = true;
      this.write(Opcode.Close, Buffer.from([0x03, 0xea]));
      setImmediate(() => this.socket.end());
    }
  }

  protected override data(header: FrameHeader, payload: Buffer): void {
    if (!this.#refused) super.data(header, payload);
  }

  protected override control(opcode: number, payload: Buffer): void {
    if (!this.#refused) super.control(opcode, payload);
  }
}

serve((socket) => new Mistake(socket));
