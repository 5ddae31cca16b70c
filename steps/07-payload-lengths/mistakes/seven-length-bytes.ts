// Mistake: Only seven of the eight bytes of a 64-bit length are read, and the mask begins one byte too early.
// Caught by: sends a text of 65536 bytes back
// Says: The text frame came, but its payload is wrong: byte 0 is 39 (00111001), expected 30 (00110000).

import { codec, decodeMasked, serve } from "./lib/serve.ts";

serve({
  ...codec,
  decode(bytes) {
    if (bytes.length < 14) return codec.decode(bytes);
    const length = bytes.readUInt8(1) & 0b0111_1111;
    if (length !== 127) return codec.decode(bytes);

    const high = bytes.readUInt8(2);
    return decodeMasked(bytes, 13, high * 2 ** 48 + bytes.readUIntBE(3, 6));
  },
});
