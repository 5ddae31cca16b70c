// Mistake: The length of a control frame is checked when its payload is there.
// Caught by: refuses the header alone of a ping of 126 bytes with 1002
// Says: Expected a close frame with code 1002 (the header says enough), but nothing came within 2000 ms.

import { isControl } from "../constants.ts";
import { checkHeader, type FrameHeader } from "../frame.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override check(header: FrameHeader): void {
    checkHeader({ ...header, length: isControl(header.opcode) ? 0 : header.length });
  }

  protected override control(opcode: number, payload: Buffer): void {
    if (payload.length > 125) this.refuse();
    super.control(opcode, payload);
  }
}

serve((socket) => new Mistake(socket));
