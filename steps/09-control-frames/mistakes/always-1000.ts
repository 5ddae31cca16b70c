// Mistake: Every close frame is answered with code 1000.
// Caught by: answers a close frame with the same code, and hangs up
// Says: Expected a close frame with code 1001, but it has code 1000.

import { Opcode } from "../constants.ts";
import { encodeFrame } from "../frame.ts";
import { answerRightly, serve } from "./lib/serve.ts";

serve((socket, opcode, payload) => {
  if (opcode !== Opcode.Close) return answerRightly(socket, opcode, payload);
  socket.write(encodeFrame(Opcode.Close, Buffer.from([0x03, 0xe8])));
  socket.end();
});
