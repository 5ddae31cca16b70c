// Mistake: A pause stops the socket, and the frames of the chunk that is already here come all the same.
// Caught by: reads nothing while it is paused, not even from the chunk that it has
// Says: Nothing should come here, but bytes came.

import type { Duplex } from "node:stream";
import { WebSocket } from "../websocket.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends WebSocket {
  #socket: Duplex | undefined;

  override setSocket(socket: Duplex, head: Buffer, protocol: string): void {
    this.#socket = socket;
    super.setSocket(socket, head, protocol);
  }

  override pause(): void {
    setImmediate(() => this.#socket?.pause());
  }
}

serve({ options: { WebSocket: Mistaken } });
