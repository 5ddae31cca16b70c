// Mistake: One buffer serves all frames, and a ping begins it anew.
// Caught by: answers a ping between two fragments at once
// Says: The text frame came, but its payload is wrong: byte 0 is 69 (01101001), expected 6f (01101111).

import { isControl, Opcode } from "../constants.ts";
import { serve } from "./lib/serve.ts";

serve((answers) => {
  let opcode = 0;
  let payload: Buffer[] = [];
  return {
    onHeader(header) {
      if (header.opcode === Opcode.Continuation) return;
      payload = [];
      if (!isControl(header.opcode)) opcode = header.opcode;
    },
    onPayload(header, part) {
      payload.push(part);
    },
    onFrameEnd(header) {
      if (isControl(header.opcode)) answers.control(header.opcode, Buffer.concat(payload));
      else if (header.fin) answers.message(opcode, Buffer.concat(payload));
    },
  };
});
