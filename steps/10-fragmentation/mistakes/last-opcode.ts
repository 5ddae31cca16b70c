// Mistake: The type of a message is taken from its last frame, and that is a continuation.
// Caught by: puts the fragments of a text together
// Says: Expected a text frame with 10 bytes, but a continuation frame came, with the payload 57 65 62 73 6f 63 6b 65 74 73.

import { isControl, Opcode } from "../constants.ts";
import { serve } from "./lib/serve.ts";

serve((answers) => {
  let message: Buffer[] = [];
  let control: Buffer[] = [];
  return {
    onHeader(header) {
      if (isControl(header.opcode)) control = [];
      else if (header.opcode !== Opcode.Continuation) message = [];
    },
    onPayload(header, part) {
      (isControl(header.opcode) ? control : message).push(part);
    },
    onFrameEnd(header) {
      if (isControl(header.opcode)) answers.control(header.opcode, Buffer.concat(control));
      else if (header.fin) answers.message(header.opcode, Buffer.concat(message));
    },
  };
});
