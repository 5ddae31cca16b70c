// Mistake: There is one decoder for the whole connection, and what a binary message left in it spoils the next text.
// Caught by: checks each message anew
// Says: Expected a text frame with 4 bytes, but a close frame came, with the payload 03 ef.

import { Opcode } from "../constants.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override begin(): void {}

  protected override look(part: Buffer): void {
    try {
      this.checker.push(part);
    } catch (error) {
      // Only a text has to be one.
      if (this.opcode === Opcode.Text) throw error;
    }
  }
}

serve((socket) => new Mistake(socket));
