// Mistake: The payload of a control frame is put into the message, too.
// Caught by: answers a ping between two fragments at once
// Says: The text frame came, but its payload is wrong: byte 5 is 69 (01101001), expected 74 (01110100).

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
      if (isControl(header.opcode)) control.push(part);
      message.push(part);
    },
    onFrameEnd(header) {
      if (isControl(header.opcode)) answers.control(header.opcode, Buffer.concat(control));
      else if (header.fin) answers.message(opcode, Buffer.concat(message));
    },
  };
});
