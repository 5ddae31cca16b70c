// Mistake: The window is promised to be small, and used in its full size.
// Caught by: obeys a window of 8 bits
// Says: The message cannot be inflated with a window of 8 bits, kept from message to message: invalid distance too far back.

import { MessageCompression } from "../message-compression.ts";
import type { Agreement } from "../permessage-deflate.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends MessageCompression {
  constructor({ server_max_window_bits, ...rest }: Agreement, isServer: boolean) {
    super(rest, isServer);
  }
}

serve({ Compression: Mistaken });
