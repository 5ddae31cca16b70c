// Mistake: The limit itself is refused: >= stands where > should.
// Caught by: takes a message of exactly 1 MiB
// Says: Expected a binary frame with 1048576 bytes, but a close frame came, with the payload 03 f1.

import { CloseCode } from "../constants.ts";
import type { FrameHeader } from "../frame.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { LIMIT, serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override start(header: FrameHeader): void {
    super.start(header);
    if (this.announced >= LIMIT) this.refuse(CloseCode.MessageTooBig);
  }
}

serve((socket) => new Mistake(socket));
