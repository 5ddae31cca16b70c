// Mistake: Nobody asks at the end whether a code point is still open.
// Caught by: refuses a text with the bytes c3 with 1007
// Says: Expected a close frame with code 1007 (the text ends in the middle of a code point), but a text frame came, with the payload c3.

import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override finish(message: Buffer): Buffer {
    return message;
  }
}

serve((socket) => new Mistake(socket));
