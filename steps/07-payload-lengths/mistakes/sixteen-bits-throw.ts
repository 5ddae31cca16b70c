// Mistake: 65,536 is sent with 16 bits, since <= 65_536 looks right; writeUInt16BE throws, and that ends the server.
// Caught by: sends a text of 65536 bytes back
// Says: The server ended with exit code 1. It should have stayed up.

import { codec, serve } from "./lib/serve.ts";

serve({
  ...codec,
  encode(opcode, payload) {
    if (payload.length <= 125 || payload.length > 65_536) return codec.encode(opcode, payload);

    const header = Buffer.from([0b1000_0000 | opcode, 126, 0, 0]);
    header.writeUInt16BE(payload.length, 2);
    return Buffer.concat([header, payload]);
  },
});
