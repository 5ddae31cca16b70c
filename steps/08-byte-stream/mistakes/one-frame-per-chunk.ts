// Mistake: What is left over is kept, but each chunk gives one frame at most: an if where a while belongs.
// Caught by: answers a hundred frames that come in one write
// Says: Expected a text frame with 9 bytes, but nothing came within 2000 ms.

import { decodeFrame, serve } from "./lib/serve.ts";

serve((echo) => {
  let received = Buffer.alloc(0);
  const take = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const frame = decodeFrame(received);
    if (frame !== undefined) {
      received = received.subarray(frame.length);
      echo(frame);
    }
  };
  return { head: take, chunk: take };
});
