// Mistake: A close frame ends the connection without a close frame from us.
// Caught by: answers a close frame with the same code, and hangs up
// Says: Expected a close frame with code 1000, but the server ended the connection.

import { Opcode } from "../constants.ts";
import { answerRightly, serve } from "./lib/serve.ts";

serve((socket, opcode, payload) => {
  if (opcode === Opcode.Close) socket.end();
  else answerRightly(socket, opcode, payload);
});
