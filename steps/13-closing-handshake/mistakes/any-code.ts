// Mistake: Whatever code the client has sent is sent back.
// Caught by: refuses close code 0 with 1002
// Says: Expected a close frame with code 1002 (nobody may send this code), but it has code 0.

import { CloseCode } from "../constants.ts";
import { ProtocolError } from "../protocol-error.ts";
import { OpenProtocol } from "./lib/protocol.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends OpenProtocol {
  override checkClose(payload: Buffer): void {
    if (payload.length === 1) throw new ProtocolError(CloseCode.ProtocolError, "A close code has two bytes");
  }
}

serve({ Protocol: Mistaken });
