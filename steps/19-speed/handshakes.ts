import type { Duplex } from "node:stream";
import { refusal } from "./handshake.ts";
import { refuse } from "./refusal.ts";

/** The sockets that have not become a WebSocket yet, each with a timer. */
export class Handshakes {
  #timeout: number;
  #timers = new Map<Duplex, NodeJS.Timeout | undefined>();
  /** Listens to all sockets, as long as they are ours: what stayed with a connection would cost it memory. */
  #onClose: (this: Duplex) => void;

  /** `timeout` is in milliseconds; with 0 a handshake may take for ever. */
  constructor(timeout: number) {
    this.#timeout = timeout;
    const handshakes = this;
    this.#onClose = function () {
      handshakes.end(this);
    };
  }

  /** The socket has so much time from now on. A second call for it changes nothing. */
  begin(socket: Duplex): void {
    if (socket.destroyed || this.#timers.has(socket)) return;
    const giveUp = () => refuse(socket, refusal(408, "The handshake has taken too long."));
    // The socket keeps the process alive for as long as it should, so that the timer need not.
    this.#timers.set(socket, this.#timeout > 0 ? setTimeout(giveUp, this.#timeout).unref() : undefined);
    socket.on("close", this.#onClose);
  }

  /** The socket has become a WebSocket, or is gone. */
  end(socket: Duplex): void {
    clearTimeout(this.#timers.get(socket));
    this.#timers.delete(socket);
    socket.off("close", this.#onClose);
  }

  /** Refuses all that are not done, with a 503. Resolves when they are gone. */
  async refuseAll(): Promise<void> {
    const sockets = [...this.#timers.keys()];
    const gone = sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    for (const socket of sockets) refuse(socket, refusal(503, "This server is closing."));
    await Promise.all(gone);
  }

  /** Ends all that are not done, at once. */
  destroyAll(): void {
    for (const socket of this.#timers.keys()) socket.destroy();
  }
}
