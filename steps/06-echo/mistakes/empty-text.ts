// Mistake: An empty text counts as nothing and gets no answer.
// Caught by: sends texts of 0, 1 and 125 bytes back
// Says: Expected a text frame with 0 bytes, but nothing came within 2000 ms.

import { Opcode } from "../constants.ts";
import { decodeFrame, encodeFrame } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    const frame = decodeFrame(chunk);
    if (frame?.header.opcode !== Opcode.Text) return;

    const text = frame.payload.toString();
    if (text) socket.write(encodeFrame(Opcode.Text, Buffer.from(text)));
  });
});
