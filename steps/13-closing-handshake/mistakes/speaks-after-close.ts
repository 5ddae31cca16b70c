// Mistake: send() looks whether the connection has ended, and not whether it is closing.
// Caught by: sends no message after its close frame
// Says: Expected a pong frame with 3 bytes, but a text frame came, with the payload 61 6e 20 65 63 68 6f 3f.

import { Opcode } from "../constants.ts";
import { OpenProtocol } from "./lib/protocol.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends OpenProtocol {
  override send(data: Buffer, isBinary: boolean): boolean {
    if (this.state === "closed") return false;
    this.sendFrame(isBinary ? Opcode.Binary : Opcode.Text, data);
    return true;
  }
}

serve({ Protocol: Mistaken });
