// Mistake: The 16-bit length is read with its least significant byte first.
// Caught by: sends a text of 126 bytes back
// Says: Expected a text frame with 126 bytes, but nothing came within 2000 ms.

import { codec, decodeMasked, serve } from "./lib/serve.ts";

serve({
  ...codec,
  decode(bytes) {
    if (bytes.length < 8) return codec.decode(bytes);
    const length = bytes.readUInt8(1) & 0b0111_1111;
    if (length !== 126) return codec.decode(bytes);

    return decodeMasked(bytes, 8, bytes.readUInt16LE(2));
  },
});
