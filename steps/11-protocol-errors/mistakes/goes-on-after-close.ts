// Mistake: The client's Close frame is answered, and the frames behind it are, too.
// Caught by: processes nothing after a close frame
// Says: Nothing may follow a close frame, but bytes came.

import { Opcode } from "../constants.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override control(opcode: number, payload: Buffer): void {
    if (opcode !== Opcode.Close) return super.control(opcode, payload);
    this.write(Opcode.Close, payload.subarray(0, 2));
    setImmediate(() => this.socket.end());
  }
}

serve((socket) => new Mistake(socket));
