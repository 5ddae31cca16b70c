// Mistake: The key is looked for behind the payload, and the payload right behind the header's two bytes.
// Caught by: prints the text of a frame
// Says: Expected the server to print "Websockets are great".

import { decodeHeader } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    if (chunk.length < 6) return;
    const { length } = decodeHeader(chunk);
    const key = chunk.subarray(2 + length, 6 + length);
    const payload = chunk.subarray(2, 2 + length);
    console.log(`Received: ${payload.map((byte: number, i: number) => byte ^ key[i % 4])}`);
  });
});
