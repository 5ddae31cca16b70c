// Mistake: Each data event is taken for one frame, no more and no less.
// Caught by: answers a hundred frames that come in one write
// Says: Expected a text frame with 9 bytes, but nothing came within 2000 ms.

import { decodeFrame, serve } from "./lib/serve.ts";

serve((echo) => {
  const take = (chunk: Buffer) => {
    const frame = decodeFrame(chunk);
    if (frame !== undefined) echo(frame);
  };
  return { head: take, chunk: take };
});
