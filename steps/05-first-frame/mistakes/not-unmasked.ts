// Mistake: The payload is printed as it came, still masked.
// Caught by: prints the text of a frame
// Says: Expected the server to print "Websockets are great".

import { decodeHeader } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    const { length } = decodeHeader(chunk);
    console.log(`Received: ${chunk.subarray(6, 6 + length)}`);
  });
});
