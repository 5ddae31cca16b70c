// Mistake: Each message gets an inflater of its own, which knows nothing of the ones before.
// Caught by: keeps the client's window from message to message
// Says: Expected a message with opcode 1 and 5 bytes (it refers to the message before), but a close frame came, with code 1007.

import { MessageCompression } from "../message-compression.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends MessageCompression {
  override decompress(payload: Buffer, maxLength: number): Buffer {
    return new MessageCompression({}, true).decompress(payload, maxLength);
  }
}

serve({ Compression: Mistaken });
