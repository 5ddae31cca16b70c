// Mistake: An empty close frame is answered with 1005, which is a report and no code to send.
// Caught by: reports 1005 for an empty close frame, and does not send it
// Says: Expected a close frame with no code, but it has code 1005.

import { Opcode } from "../constants.ts";
import { OpenProtocol } from "./lib/protocol.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends OpenProtocol {
  override sendCloseFrame(code: number, reason: Buffer): void {
    const status = Buffer.alloc(2);
    status.writeUInt16BE(code);
    this.sendFrame(Opcode.Close, Buffer.concat([status, reason]));
  }
}

serve({ Protocol: Mistaken });
