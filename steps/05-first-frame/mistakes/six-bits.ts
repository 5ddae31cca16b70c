// Mistake: The length is read from six bits instead of seven, so that 125 becomes 61.
// Caught by: prints a text of 125 bytes to its end
// Says: Expected the server to print "---end".

import { decodeHeader } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    if (chunk.length < 6) return;
    const { key } = decodeHeader(chunk);
    const length = chunk.readUInt8(1) & 0b0011_1111;
    const payload = chunk.subarray(6, 6 + length);
    console.log(`Received: ${payload.map((byte: number, i: number) => byte ^ key.readUInt8(i % 4))}`);
  });
});
