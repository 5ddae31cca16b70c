// Mistake: The MASK bit is taken for a part of the length, so that 20 becomes 148.
// Caught by: prints the text of a frame
// Says: Expected the server to print "Websockets are great".

import { decodeHeader } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    if (chunk.length < 6) return;
    const { key } = decodeHeader(chunk);
    const length = chunk.readUInt8(1);
    if (chunk.length < 6 + length) return;

    const payload = chunk.subarray(6, 6 + length);
    console.log(`Received: ${payload.map((byte: number, i: number) => byte ^ key.readUInt8(i % 4))}`);
  });
});
