// Mistake: The close frame is answered, and the TCP connection stays.
// Caught by: answers a close frame with the same code, and hangs up
// Says: Expected the server to end the connection, but it had not after <time>.

import { Opcode } from "../constants.ts";
import { encodeFrame } from "../frame.ts";
import { answerRightly, serve } from "./lib/serve.ts";

serve((socket, opcode, payload) => {
  if (opcode === Opcode.Close) socket.write(encodeFrame(Opcode.Close, payload.subarray(0, 2)));
  else answerRightly(socket, opcode, payload);
});
