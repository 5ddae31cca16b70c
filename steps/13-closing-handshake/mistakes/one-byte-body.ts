// Mistake: A close body of one byte is taken for no body at all.
// Caught by: refuses a close frame of one byte with 1002
// Says: Expected a close frame with code 1002 (a code has two bytes), but it has the payload "".

import { CloseCode, isValidCloseCode } from "../constants.ts";
import { ProtocolError } from "../protocol-error.ts";
import { OpenProtocol } from "./lib/protocol.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends OpenProtocol {
  override checkClose(payload: Buffer): void {
    if (payload.length >= 2 && !isValidCloseCode(payload.readUInt16BE(0))) {
      throw new ProtocolError(CloseCode.ProtocolError, "This code must not be sent");
    }
  }
}

serve({ Protocol: Mistaken });
