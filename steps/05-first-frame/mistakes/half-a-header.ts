// Mistake: Nobody asks whether the header is all there, and reading behind the end of a Buffer throws.
// Caught by: lives through half a header
// Says: The server ended with exit code 1. It should have stayed up.

import { decodeHeader } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    const { length, key } = decodeHeader(chunk);
    const payload = chunk.subarray(6, 6 + length);
    console.log(`Received: ${payload.map((byte: number, i: number) => byte ^ key.readUInt8(i % 4))}`);
  });
});
