// Mistake: A payload may come in parts, but a header is expected to be whole in its chunk.
// Caught by: answers a frame whose first half comes with the request
// Says: The server ended with exit code 1. It should have stayed up.

import { decodeHeader, headerLength, unmask, type FrameHeader } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((echo) => {
  let header: FrameHeader | undefined;
  let payload = Buffer.alloc(0);

  const take = (chunk: Buffer) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (header === undefined) {
        header = decodeHeader(rest);
        rest = rest.subarray(headerLength(rest.readUInt8(1)));
        payload = Buffer.alloc(0);
      }
      const part = rest.subarray(0, header.length - payload.length);
      rest = rest.subarray(part.length);
      if (header.key !== undefined) unmask(part, header.key, payload.length);
      payload = Buffer.concat([payload, part]);
      if (payload.length < header.length) return;
      echo({ opcode: header.opcode, payload });
      header = undefined;
    }
  };
  return { head: take, chunk: take };
});
