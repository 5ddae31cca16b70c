// Mistake: A fragment without bytes is taken for the end of the message.
// Caught by: takes empty fragments anywhere
// Says: The text frame came, but its payload is wrong: byte 0 is missing, expected 61 (01100001).

import { isControl, Opcode } from "../constants.ts";
import { serve } from "./lib/serve.ts";

serve((answers) => {
  let opcode = 0;
  let message: Buffer[] = [];
  let control: Buffer[] = [];
  return {
    onHeader(header) {
      if (isControl(header.opcode)) {
        control = [];
      } else if (header.opcode !== Opcode.Continuation) {
        opcode = header.opcode;
        message = [];
      }
    },
    onPayload(header, part) {
      (isControl(header.opcode) ? control : message).push(part);
    },
    onFrameEnd(header) {
      if (isControl(header.opcode)) answers.control(header.opcode, Buffer.concat(control));
      else if (header.fin || header.length === 0) answers.message(opcode, Buffer.concat(message));
    },
  };
});
