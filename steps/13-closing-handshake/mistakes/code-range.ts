// Mistake: Every code from 1000 to 4999 is taken for a valid one.
// Caught by: refuses close code 1004 with 1002
// Says: Expected a close frame with code 1002 (nobody may send this code), but it has code 1004.

import { CloseCode } from "../constants.ts";
import { ProtocolError } from "../protocol-error.ts";
import { OpenProtocol } from "./lib/protocol.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends OpenProtocol {
  override checkClose(payload: Buffer): void {
    if (payload.length === 0) return;
    if (payload.length === 1) throw new ProtocolError(CloseCode.ProtocolError, "A close code has two bytes");
    const code = payload.readUInt16BE(0);
    if (code < 1000 || code > 4999) throw new ProtocolError(CloseCode.ProtocolError, "This code must not be sent");
  }
}

serve({ Protocol: Mistaken });
