// Mistake: `toString()` never fails: it puts U+FFFD where the text is broken, and nobody hears of it.
// Caught by: refuses a text with the bytes ff with 1007
// Says: Expected a close frame with code 1007 (no code point begins with ff), but a text frame came, with the payload ef bf bd.

import { Opcode } from "../constants.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override look(): void {}

  protected override finish(message: Buffer): Buffer {
    return this.opcode === Opcode.Text ? Buffer.from(message.toString()) : message;
  }
}

serve((socket) => new Mistake(socket));
