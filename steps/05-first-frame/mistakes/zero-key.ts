// Mistake: The key is read as a number, and 0 is taken for "no key": the payload then begins too early.
// Caught by: does not take the key for a part of the text
// Says: Expected the server to print "a clear text".

import { decodeHeader } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    if (chunk.length < 6) return;
    const { length, key } = decodeHeader(chunk);
    const start = key.readUInt32BE() ? 6 : 2;
    const payload = chunk.subarray(start, start + length);
    console.log(`Received: ${payload.map((byte: number, i: number) => byte ^ key.readUInt8(i % 4))}`);
  });
});
