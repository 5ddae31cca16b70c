// Mistake: Every byte is unmasked with the first byte of the key.
// Caught by: prints the text of a frame
// Says: Expected the server to print "Websockets are great".

import { decodeHeader } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    if (chunk.length < 6) return;
    const { length, key } = decodeHeader(chunk);
    const payload = chunk.subarray(6, 6 + length).map((byte: number) => byte ^ key.readUInt8(0));
    console.log(`Received: ${payload}`);
  });
});
