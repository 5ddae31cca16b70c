// Mistake: Messages that were not compressed enter the window, too.
// Caught by: reads messages that are not compressed in between, and keeps them out of the window
// Says: Expected a message with opcode 1 and 5 bytes (only compressed messages enter the window), but it has 5 bytes or others.

import { constants, deflateRawSync } from "node:zlib";
import { MessageCompression } from "../message-compression.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends MessageCompression {
  #wasCompressed = false;

  override decompress(payload: Buffer, maxLength: number): Buffer {
    this.#wasCompressed = true;
    return super.decompress(payload, maxLength);
  }

  heard(data: Buffer): void {
    const flushed = deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH });
    if (!this.#wasCompressed) super.decompress(flushed.subarray(0, -4), Infinity);
    this.#wasCompressed = false;
  }
}

serve({ Compression: Mistaken });
