// Mistake: The last four bytes of the flush are sent.
// Caught by: takes the flush's last four bytes off
// Says: The message ends with 00 00 ff ff. The receiver adds these four bytes, the sender takes them off.

import { MessageCompression } from "../message-compression.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends MessageCompression {
  override compress(data: Buffer, fin: boolean): Buffer {
    return Buffer.concat([super.compress(data, fin), Buffer.from("0000ffff", "hex")]);
  }
}

serve({ Compression: Mistaken });
