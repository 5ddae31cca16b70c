// Mistake: The text is checked when the message is complete, and an endless one never is.
// Caught by: refuses a wrong byte at once, not at the end of the message
// Says: Expected a close frame with code 1007 (no later byte can mend it), but nothing came within 2000 ms.

import { Opcode } from "../constants.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override look(): void {}

  protected override finish(message: Buffer): Buffer {
    if (this.opcode === Opcode.Text) this.checker.push(message);
    return super.finish(message);
  }
}

serve((socket) => new Mistake(socket));
