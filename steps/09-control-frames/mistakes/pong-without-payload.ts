// Mistake: The pong is empty, whatever the ping carried.
// Caught by: answers a ping with a pong
// Says: The pong frame came, but its payload is wrong: byte 0 is missing, expected 61 (01100001).

import { Opcode } from "../constants.ts";
import { encodeFrame } from "../frame.ts";
import { answerRightly, serve } from "./lib/serve.ts";

serve((socket, opcode, payload) => {
  if (opcode === Opcode.Ping) socket.write(encodeFrame(Opcode.Pong, Buffer.alloc(0)));
  else answerRightly(socket, opcode, payload);
});
