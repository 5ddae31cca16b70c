// Mistake: Frames are gathered in a piece of memory that is used again after each write.
// Caught by: gives a slow reader what was said, whatever has come since
// Says: A message that waited for its reader has come back with other bytes. Memory that somebody still holds must not be used again.

import { Sender, serve } from "./lib/serve.ts";

const slab = Buffer.alloc(2 * 1024 * 1024);

class Mistaken extends Sender {
  override flush(): void {
    let used = 0;
    for (const frame of this.frames.splice(0)) used += frame.copy(slab, used);
    // The kernel takes it at once, as long as the peer reads; and if not, Node keeps this very memory.
    if (used > 0) this.socket.write(slab.subarray(0, used));
  }
}

serve({ Sender: Mistaken });
