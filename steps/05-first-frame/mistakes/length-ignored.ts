// Mistake: The length is not read: all that has come is taken for the payload.
// Caught by: takes as many bytes as the length says
// Says: Expected the server to print a line with "the first" and without "the second".

import { decodeHeader } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    if (chunk.length < 6) return;
    const { key } = decodeHeader(chunk);
    const payload = chunk.subarray(6);
    console.log(`Received: ${payload.map((byte: number, i: number) => byte ^ key.readUInt8(i % 4))}`);
  });
});
