// Mistake: The key of the first frame is used for all frames of the connection.
// Caught by: unmasks with the key of each frame
// Says: Expected the server to print "second text".

import { decodeHeader } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  let key: Buffer | undefined;
  socket.on("data", (chunk) => {
    if (chunk.length < 6) return;
    const header = decodeHeader(chunk);
    const kept = (key ??= header.key);
    const payload = chunk.subarray(6, 6 + header.length);
    console.log(`Received: ${payload.map((byte: number, i: number) => byte ^ kept.readUInt8(i % 4))}`);
  });
});
