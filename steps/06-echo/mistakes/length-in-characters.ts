// Mistake: The length is that of the string, in characters, and not that of its bytes.
// Caught by: counts bytes, not characters
// Says: The text frame came, but its payload is wrong: byte 12 is missing, expected e7 (11100111).

import { Opcode } from "../constants.ts";
import { decodeFrame } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    const frame = decodeFrame(chunk);
    if (frame?.header.opcode !== Opcode.Text) return;

    const text = frame.payload.toString();
    socket.write(Buffer.from([0b1000_0001, text.length]));
    socket.write(text);
  });
});
