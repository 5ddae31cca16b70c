// Mistake: Six bytes are waited for, and then the header is decoded, though it may have 8 or 14.
// Caught by: answers a long frame wherever its header is cut
// Says: The server ended with exit code 1. It should have stayed up.

import { decodeHeader, headerLength, unmask } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((echo) => {
  let received = Buffer.alloc(0);
  const take = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 6) {
      const { opcode, length, key } = decodeHeader(received);
      const start = headerLength(received.readUInt8(1));
      if (received.length < start + length) return;

      const payload = received.subarray(start, start + length);
      received = received.subarray(start + length);
      if (key !== undefined) unmask(payload, key, 0);
      echo({ opcode, payload });
    }
  };
  return { head: take, chunk: take };
});
