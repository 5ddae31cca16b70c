// Mistake: What is not binary is taken for text, and the last frame of binary data says continuation.
// Caught by: puts the fragments of binary data together, and keeps the type
// Says: Expected a binary frame with 2 bytes, but a text frame came, with the payload ff fe.

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
      if (isControl(header.opcode)) return answers.control(header.opcode, Buffer.concat(control));
      const opcode = header.opcode === Opcode.Binary ? Opcode.Binary : Opcode.Text;
      if (header.fin) answers.message(opcode, Buffer.concat(message));
    },
  };
});
