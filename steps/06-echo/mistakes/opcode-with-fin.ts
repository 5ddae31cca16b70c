// Mistake: The whole first byte is compared with the opcode, and FIN makes it 129.
// Caught by: sends a text back
// Says: Expected a text frame with 20 bytes, but nothing came within 2000 ms.

import { Opcode } from "../constants.ts";
import { decodeFrame, encodeFrame } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    const frame = decodeFrame(chunk);
    if (frame === undefined) return;

    // 0x81 is not 1.
    if (chunk.readUInt8(0) === Opcode.Text) socket.write(encodeFrame(Opcode.Text, frame.payload));
  });
});
