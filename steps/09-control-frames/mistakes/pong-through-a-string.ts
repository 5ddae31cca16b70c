// Mistake: The payload of a ping is turned into a string and back.
// Caught by: answers pings of 0 and 125 bytes, any bytes
// Says: The pong frame came, but its payload is wrong: byte 0 is ef (11101111), expected fe (11111110).

import { Opcode } from "../constants.ts";
import { encodeFrame } from "../frame.ts";
import { answerRightly, serve } from "./lib/serve.ts";

serve((socket, opcode, payload) => {
  if (opcode === Opcode.Ping) socket.write(encodeFrame(Opcode.Pong, Buffer.from(payload.toString())));
  else answerRightly(socket, opcode, payload);
});
