// Mistake: The header's two bytes are the client's, so the MASK bit is set, and no key follows.
// Caught by: sends a text back
// Says: The header 81 94: the MASK bit is set, but a server must not mask (RFC 6455, section 5.1).

import { Opcode } from "../constants.ts";
import { decodeFrame } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    const frame = decodeFrame(chunk);
    if (frame?.header.opcode !== Opcode.Text) return;

    socket.write(Buffer.concat([chunk.subarray(0, 2), frame.payload]));
  });
});
