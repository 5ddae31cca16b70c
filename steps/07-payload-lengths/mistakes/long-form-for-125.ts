// Mistake: 125 is taken for the first length that needs the longer form: < where <= belongs.
// Caught by: sends a text of 125 bytes back
// Says: The header 81 7e: the length 125 is written in 16 bits, and 7 would do (RFC 6455, section 5.2).

import { codec, serve } from "./lib/serve.ts";

serve({
  ...codec,
  encode(opcode, payload) {
    if (payload.length < 125 || payload.length > 0xffff) return codec.encode(opcode, payload);

    const header = Buffer.from([0b1000_0000 | opcode, 126, 0, 0]);
    header.writeUInt16BE(payload.length, 2);
    return Buffer.concat([header, payload]);
  },
});
