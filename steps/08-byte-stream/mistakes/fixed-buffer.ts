// Mistake: Chunks are collected in a buffer of 512 KiB, and what does not fit is lost.
// Caught by: answers a frame of a million bytes that comes in small pieces
// Says: Expected a text frame with 1000000 bytes, but nothing came within 2000 ms.

import { decodeFrame, serve } from "./lib/serve.ts";

serve((echo) => {
  const received = Buffer.alloc(524_288);
  let filled = 0;
  const take = (chunk: Buffer) => {
    // copy() writes as much as there is room for, and says nothing of the rest.
    filled += chunk.copy(received, filled);
    for (;;) {
      const frame = decodeFrame(received.subarray(0, filled));
      if (frame === undefined) return;
      received.copyWithin(0, frame.length, filled);
      filled -= frame.length;
      echo(frame);
    }
  };
  return { head: take, chunk: take };
});
