// Mistake: A close frame without a code is answered with 1005, which may never be sent.
// Caught by: answers an empty close frame with an empty one
// Says: Expected a close frame with no code, but it has code 1005.

import { Opcode } from "../constants.ts";
import { encodeFrame } from "../frame.ts";
import { answerRightly, serve } from "./lib/serve.ts";

serve((socket, opcode, payload) => {
  if (opcode !== Opcode.Close) return answerRightly(socket, opcode, payload);
  const code = Buffer.alloc(2);
  code.writeUInt16BE(payload.length < 2 ? 1005 : payload.readUInt16BE());
  socket.write(encodeFrame(Opcode.Close, code));
  socket.end();
});
