// Mistake: A ping is answered with its own opcode, so the answer is a ping.
// Caught by: answers a ping with a pong
// Says: Expected a pong frame with 14 bytes, but a ping frame came, with the payload 61 72 65 20 79 6f 75 20 74 68 65 72 65 3f.

import { Opcode } from "../constants.ts";
import { encodeFrame } from "../frame.ts";
import { answerRightly, serve } from "./lib/serve.ts";

serve((socket, opcode, payload) => {
  if (opcode === Opcode.Ping) socket.write(encodeFrame(opcode, payload));
  else answerRightly(socket, opcode, payload);
});
