// Mistake: Binary messages are checked, too.
// Caught by: does not look for UTF-8 in binary messages
// Says: Expected a binary frame with 3 bytes, but a close frame came, with the payload 03 ef.

import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override look(part: Buffer): void {
    this.checker.push(part);
  }
}

serve((socket) => new Mistake(socket));
