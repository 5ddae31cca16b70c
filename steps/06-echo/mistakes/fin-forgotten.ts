// Mistake: The FIN bit is 0, so the client waits for the rest of the message.
// Caught by: sends a text back
// Says: Expected a text frame with 20 bytes, but its FIN bit is 0.

import { Opcode } from "../constants.ts";
import { decodeFrame } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    const frame = decodeFrame(chunk);
    if (frame?.header.opcode !== Opcode.Text) return;

    socket.write(Buffer.concat([Buffer.from([Opcode.Text, frame.payload.length]), frame.payload]));
  });
});
