// Mistake: What has been gathered is not sent when the connection ends.
// Caught by: answers what came before a close frame in the same chunk, and then says goodbye
// Says: The close frame has come before the answers to what was sent before it.

import { Sender, serve } from "./lib/serve.ts";

class Mistaken extends Sender {
  override end(): void {
    this.socket.end(this.frames.at(-1));
  }
}

serve({ Sender: Mistaken });
