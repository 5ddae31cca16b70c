// Mistake: The 64-bit length is read as a signed number, and a negative one is under any limit.
// Caught by: refuses a 64-bit length with its top bit set with 1002
// Says: Expected a close frame with code 1002 (the top bit is always 0), but a text frame came, with the payload .

import { decodeHeader, type FrameHeader } from "../frame.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override decode(bytes: Buffer): FrameHeader {
    const isLong = (bytes.readUInt8(1) & 0b0111_1111) === 127;
    if (!isLong) return decodeHeader(bytes);

    const high = bytes.readInt32BE(2);
    const low = bytes.readUInt32BE(6);
    if (high === 0 && low < 65536) this.refuse();
    // The rest of the header as it is, and in place of its length one that nobody objects to.
    const rest = Buffer.from(bytes.subarray(0, 14));
    rest.writeBigUInt64BE(65536n, 2);
    return { ...decodeHeader(rest), length: high * 2 ** 32 + low };
  }
}

serve((socket) => new Mistake(socket));
