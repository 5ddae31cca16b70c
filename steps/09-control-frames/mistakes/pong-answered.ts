// Mistake: A pong is answered with a pong, as if it were a ping.
// Caught by: ignores a pong that nobody asked for
// Says: Expected a text frame with 5 bytes, but a pong frame came, with the payload 49 20 61 6d 20 68 65 72 65.

import { Opcode } from "../constants.ts";
import { encodeFrame } from "../frame.ts";
import { answerRightly, serve } from "./lib/serve.ts";

serve((socket, opcode, payload) => {
  if (opcode === Opcode.Pong) socket.write(encodeFrame(Opcode.Pong, payload));
  else answerRightly(socket, opcode, payload);
});
