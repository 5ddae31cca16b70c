// Mistake: The limit is compared with each frame, so a message of a thousand frames may be a thousand times as long.
// Caught by: refuses fragments that are too long together with 1009
// Says: Expected a close frame with code 1009 (each is short enough, their sum is not), but nothing came within 2000 ms.

import { CloseCode, Opcode } from "../constants.ts";
import type { FrameHeader } from "../frame.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { LIMIT, serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override start(header: FrameHeader): void {
    const isContinuation = header.opcode === Opcode.Continuation;
    if (isContinuation === (this.opcode === undefined)) this.refuse();
    if (!isContinuation) this.opcode = header.opcode;
    if (header.length > LIMIT) this.refuse(CloseCode.MessageTooBig);
  }
}

serve((socket) => new Mistake(socket));
