// Mistake: The reserved bits are masked off with the FIN bit, and nobody looks at them.
// Caught by: refuses RSV1 on a text with 1002
// Says: Expected a close frame with code 1002 (no extension was agreed on), but a text frame came, with the payload 68 65 6c 6c 6f.

import { checkHeader, type FrameHeader } from "../frame.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override check(header: FrameHeader): void {
    checkHeader({ ...header, rsv: 0 });
  }
}

serve((socket) => new Mistake(socket));
