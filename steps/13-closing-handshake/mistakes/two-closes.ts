// Mistake: A close frame is answered although ours is on its way already.
// Caught by: closes when it is told to, and waits for the answer
// Says: Two close frames have been exchanged, and still bytes came.

import { OpenProtocol } from "./lib/protocol.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends OpenProtocol {
  override sendClose(code: number, reason: Buffer = Buffer.alloc(0)): void {
    this.state = "closing";
    this.sendCloseFrame(code, reason);
  }
}

serve({ Protocol: Mistaken });
