// Mistake: The limit counts the bytes that come, not those that they become.
// Caught by: measures a message behind the inflater
// Says: Expected a close frame with code 1009 (a message has at most 1 MiB), but the message came back.

import { MessageCompression } from "../message-compression.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends MessageCompression {
  override decompress(payload: Buffer): Buffer {
    return super.decompress(payload, Infinity);
  }
}

serve({ Compression: Mistaken });
