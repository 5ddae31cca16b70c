// Mistake: What has been read stays in the buffer, so that every message comes again with the next chunk.
// Caught by: answers frames that come one byte at a time
// Says: The text frame came, but its payload is wrong: byte 0 is 61 (01100001), expected 78 (01111000).

import { decodeFrame, serve } from "./lib/serve.ts";

serve((echo) => {
  let received = Buffer.alloc(0);
  const take = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    let position = 0;
    for (;;) {
      const frame = decodeFrame(received.subarray(position));
      if (frame === undefined) return;
      position += frame.length;
      echo(frame);
    }
  };
  return { head: take, chunk: take };
});
