// Mistake: What is not masked is read as it is.
// Caught by: refuses a frame without a mask with 1002
// Says: Expected a close frame with code 1002 (a client masks every frame), but a text frame came, with the payload 68 65 6c 6c 6f.

import { checkHeader, type FrameHeader } from "../frame.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override check(header: FrameHeader): void {
    checkHeader({ ...header, key: header.key ?? Buffer.alloc(4) });
  }
}

serve((socket) => new Mistake(socket));
