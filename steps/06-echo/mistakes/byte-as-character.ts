// Mistake: Each byte is made a character of its own, and the text is encoded once more on its way back.
// Caught by: counts bytes, not characters
// Says: The text frame came, but its payload is wrong: byte 3 is 83 (10000011), expected bc (10111100).

import { Opcode } from "../constants.ts";
import { decodeFrame, encodeFrame } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    const frame = decodeFrame(chunk);
    if (frame?.header.opcode !== Opcode.Text) return;

    const text = String.fromCharCode(...frame.payload);
    socket.write(encodeFrame(Opcode.Text, Buffer.from(text)));
  });
});
