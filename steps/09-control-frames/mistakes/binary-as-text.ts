// Mistake: Whatever comes goes back as text.
// Caught by: sends bytes back as bytes
// Says: Expected a binary frame with 5 bytes, but a text frame came, with the payload 00 ff fe 80 00.

import { Opcode } from "../constants.ts";
import { encodeFrame } from "../frame.ts";
import { answerRightly, serve } from "./lib/serve.ts";

serve((socket, opcode, payload) => {
  if (opcode === Opcode.Binary) socket.write(encodeFrame(Opcode.Text, payload));
  else answerRightly(socket, opcode, payload);
});
