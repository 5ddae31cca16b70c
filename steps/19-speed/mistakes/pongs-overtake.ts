// Mistake: Messages are gathered, but a control frame is written at once and overtakes them.
// Caught by: answers a burst in the order of its frames
// Says: Expected a text frame with 2 bytes, but a pong frame came, with the payload 37 20 61 62 63 64 65 66 67 68 69 6a 61 62 63 64 … and 5 more.

import { isControl } from "../constants.ts";
import { Sender, serve } from "./lib/serve.ts";

class Mistaken extends Sender {
  override add(frame: Buffer): void {
    if (isControl(frame.readUInt8(0) & 15)) this.socket.write(frame);
    else super.add(frame);
  }
}

serve({ Sender: Mistaken });
