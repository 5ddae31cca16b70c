// Mistake: The limit is checked when the message is whole, and by then it is in memory.
// Caught by: refuses one byte more than 1 MiB at the header with 1009
// Says: Expected a close frame with code 1009 (the header says that it is too long), but nothing came within 2000 ms.

import { CloseCode, Opcode } from "../constants.ts";
import type { FrameHeader } from "../frame.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { LIMIT, serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override start(header: FrameHeader): void {
    const isContinuation = header.opcode === Opcode.Continuation;
    if (isContinuation === (this.opcode === undefined)) this.refuse();
    if (!isContinuation) this.opcode = header.opcode;
  }

  protected override finish(): void {
    if (Buffer.concat(this.parts).length > LIMIT) this.refuse(CloseCode.MessageTooBig);
    super.finish();
  }
}

serve((socket) => new Mistake(socket));
