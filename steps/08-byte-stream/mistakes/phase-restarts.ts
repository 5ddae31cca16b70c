// Mistake: Each part of a payload is unmasked as if it were the first one.
// Caught by: answers a frame whose first half comes with the request
// Says: The text frame came, but its payload is wrong: byte 3 is 24 (00100100), expected 20 (00100000).

import { decodeHeader, headerLength, unmask, type FrameHeader } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((echo) => {
  let rest = Buffer.alloc(0);
  let header: FrameHeader | undefined;
  let payload = Buffer.alloc(0);

  const take = (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      if (header === undefined) {
        if (rest.length < 2 || rest.length < headerLength(rest.readUInt8(1))) return;
        header = decodeHeader(rest);
        rest = rest.subarray(headerLength(rest.readUInt8(1)));
        payload = Buffer.alloc(0);
      }
      const part = rest.subarray(0, header.length - payload.length);
      rest = rest.subarray(part.length);
      if (header.key !== undefined) unmask(part, header.key, 0);
      payload = Buffer.concat([payload, part]);
      if (payload.length < header.length) return;
      echo({ opcode: header.opcode, payload });
      header = undefined;
    }
  };
  return { head: take, chunk: take };
});
