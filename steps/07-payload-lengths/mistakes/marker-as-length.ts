// Mistake: 126 is taken for a length, and not for the sign that the length follows.
// Caught by: sends a text of 126 bytes back
// Says: The text frame came, but its payload is wrong: byte 0 is 23 (00100011), expected 30 (00110000).

import { codec, decodeMasked, serve } from "./lib/serve.ts";

serve({
  ...codec,
  decode(bytes) {
    if (bytes.length < 6) return undefined;
    const length = bytes.readUInt8(1) & 0b0111_1111;
    return decodeMasked(bytes, 6, length);
  },
});
