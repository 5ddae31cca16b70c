// Mistake: RSV1 is accepted on every frame.
// Caught by: refuses a ping with RSV1 with 1002
// Says: Expected a close frame with code 1002 (control frames are never compressed), but a pong frame came, with the payload 78.

import { isControl, Opcode } from "../constants.ts";
import type { FrameHeader } from "../frame.ts";
import { Protocol } from "../protocol.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends Protocol {
  override onHeader(header: FrameHeader): void {
    const isFirst = !isControl(header.opcode) && header.opcode !== Opcode.Continuation;
    super.onHeader(isFirst ? header : { ...header, rsv: header.rsv & 0b011 });
  }
}

serve({ Protocol: Mistaken });
