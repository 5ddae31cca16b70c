// Mistake: A length may take more room than it needs.
// Caught by: refuses a length of 5 in 16 bits with 1002
// Says: Expected a close frame with code 1002 (7 bits would do), but a text frame came, with the payload 68 65 6c 6c 6f.

import type { FrameHeader } from "../frame.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override decode(bytes: Buffer): FrameHeader {
    const first = bytes.readUInt8(0);
    const second = bytes.readUInt8(1);
    let length = second & 0b0111_1111;
    let end = 2;
    if (length === 126) {
      length = bytes.readUInt16BE(2);
      end = 4;
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(2));
      end = 10;
    }
    const key = second & 0b1000_0000 ? Buffer.from(bytes.subarray(end, end + 4)) : undefined;
    return { fin: first >= 0b1000_0000, rsv: (first >> 4) & 0b111, opcode: first & 0b1111, length, key };
  }
}

serve((socket) => new Mistake(socket));
