// Mistake: The code is written with its low byte first.
// Caught by: answers a close frame with the same code, and hangs up
// Says: Expected a close frame with code 1000, but it has code 59395.

import { Opcode } from "../constants.ts";
import { encodeFrame } from "../frame.ts";
import { answerRightly, serve } from "./lib/serve.ts";

serve((socket, opcode, payload) => {
  if (opcode !== Opcode.Close) return answerRightly(socket, opcode, payload);
  const answer = Buffer.alloc(Math.min(payload.length, 2));
  if (payload.length >= 2) answer.writeUInt16LE(payload.readUInt16BE());
  socket.write(encodeFrame(Opcode.Close, answer));
  socket.end();
});
