// Mistake: Of a 64-bit length only the last four bytes are read, since no frame is longer than 4 GB.
// Caught by: reads all eight bytes of a 64-bit length
// Says: Nothing should come here, but bytes came.

import { codec, decodeMasked, serve } from "./lib/serve.ts";

serve({
  ...codec,
  decode(bytes) {
    if (bytes.length < 14) return codec.decode(bytes);
    const length = bytes.readUInt8(1) & 0b0111_1111;
    if (length !== 127) return codec.decode(bytes);

    return decodeMasked(bytes, 14, bytes.readUInt32BE(6));
  },
});
