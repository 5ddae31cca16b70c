// Mistake: The reply says that it is binary.
// Caught by: sends a text back
// Says: Expected a text frame with 20 bytes, but a binary frame came, with the payload 57 65 62 73 6f 63 6b 65 74 73 20 61 72 65 20 67 … and 4 more.

import { Opcode } from "../constants.ts";
import { decodeFrame, encodeFrame } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    const frame = decodeFrame(chunk);
    if (frame?.header.opcode !== Opcode.Text) return;

    socket.write(encodeFrame(Opcode.Binary, frame.payload));
  });
});
