// Mistake: The reply has its 16-bit length right behind the first byte, without the 126 that announces it.
// Caught by: sends a text of 126 bytes back
// Says: The text frame came, but its payload is wrong: byte 0 is missing, expected 30 (00110000).

import { codec, serve } from "./lib/serve.ts";

serve({
  ...codec,
  encode(opcode, payload) {
    if (payload.length <= 125) return codec.encode(opcode, payload);

    const header = Buffer.from([0b1000_0000 | opcode, 0, 0]);
    header.writeUIntBE(payload.length, 1, 2);
    return Buffer.concat([header, payload]);
  },
});
