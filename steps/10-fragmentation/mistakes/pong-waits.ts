// Mistake: A control frame waits until the message is complete.
// Caught by: answers a ping between two fragments at once
// Says: Expected a pong frame with 10 bytes, but nothing came within <time>.

import { isControl, Opcode } from "../constants.ts";
import { serve } from "./lib/serve.ts";

serve((answers) => {
  let opcode = 0;
  let message: Buffer[] = [];
  let control: Buffer[] = [];
  let waiting: (() => void)[] = [];
  let isInside = false;
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
      if (isControl(header.opcode)) {
        const payload = Buffer.concat(control);
        waiting.push(() => answers.control(header.opcode, payload));
      } else {
        isInside = !header.fin;
        if (header.fin) answers.message(opcode, Buffer.concat(message));
      }
      if (isInside) return;
      for (const answer of waiting) answer();
      waiting = [];
    },
  };
});
