// Mistake: Each fragment is answered as if it were a message.
// Caught by: puts the fragments of a text together
// Says: The text frame came, but its payload is wrong: byte 3 is missing, expected 73 (01110011).

import { isControl, Opcode } from "../constants.ts";
import { serve } from "./lib/serve.ts";

serve((answers) => {
  let opcode = 0;
  let message: Buffer[] = [];
  let control: Buffer[] = [];
  return {
    onHeader(header) {
      if (isControl(header.opcode)) control = [];
      else message = [];
      if (header.opcode !== Opcode.Continuation) opcode = header.opcode;
    },
    onPayload(header, part) {
      (isControl(header.opcode) ? control : message).push(part);
    },
    onFrameEnd(header) {
      if (isControl(header.opcode)) answers.control(header.opcode, Buffer.concat(control));
      else answers.message(opcode, Buffer.concat(message));
    },
  };
});
