// Mistake: Every long reply gets a 16-bit length, and 65,536 becomes 0 in it.
// Caught by: sends a text of 65536 bytes back
// Says: The header 81 7e: the length 0 is written in 16 bits, and 7 would do (RFC 6455, section 5.2).

import { codec, serve } from "./lib/serve.ts";

serve({
  ...codec,
  encode(opcode, payload) {
    if (payload.length <= 125) return codec.encode(opcode, payload);

    // Buffer.from keeps the last eight bits of each number, and says nothing.
    const { length } = payload;
    const header = Buffer.from([0b1000_0000 | opcode, 126, length >> 8, length]);
    return Buffer.concat([header, payload]);
  },
});
