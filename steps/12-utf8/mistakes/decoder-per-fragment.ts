// Mistake: Each fragment is a text of its own, with its own decoder.
// Caught by: takes a code point that straddles two fragments
// Says: Expected a text frame with 4 bytes, but a close frame came, with the payload 03 ef.

import { Opcode } from "../constants.ts";
import { Utf8Checker } from "../utf8.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override endFrame(): void {
    if (this.opcode === Opcode.Text) this.checker.end();
    this.checker = new Utf8Checker();
  }
}

serve((socket) => new Mistake(socket));
