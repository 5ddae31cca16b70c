import type { Duplex } from "node:stream";
import type { ProtocolError } from "./protocol-error.ts";
import { Protocol, type ProtocolOptions, type ProtocolState, type Written } from "./protocol.ts";

/** What the application hears. */
export type ConnectionHandler = {
  /** A message has come. */
  onMessage(data: Buffer, isBinary: boolean): void;
  /** A ping has come, and been answered. */
  onPing(payload: Buffer): void;
  /** A pong has come. */
  onPong(payload: Buffer): void;
  /** The peer has broken a rule. It has been told so, and nothing more will come. */
  onError(error: ProtocolError): void;
  /** The TCP connection is gone. The code is the peer's, or 1005 or 1006. */
  onClose(code: number, reason: string): void;
};

export type ConnectionOptions = ProtocolOptions & {
  /** How long the peer may take, from our Close frame on, until it is gone; in milliseconds. */
  closeTimeout?: number;
};

/** One WebSocket connection, after its handshake: a protocol, its socket and its timer. */
export class Connection {
  #socket: Duplex;
  #protocol: Protocol;
  #closeTimeout: number;
  #closeTimer: NodeJS.Timeout | undefined;
  /** Something has come since the last beat, or there was none yet. */
  #isAlive = true;

  constructor(socket: Duplex, handler: ConnectionHandler, options: ConnectionOptions) {
    this.#socket = socket;
    this.#closeTimeout = options.closeTimeout ?? 10_000;
    this.#protocol = new Protocol(
      {
        onBytes: (bytes, written) => socket.write(bytes, written),
        onEnd: () => socket.end(),
        onMessage: (data, isBinary) => handler.onMessage(data, isBinary),
        onPing: (payload) => handler.onPing(payload),
        onPong: (payload) => handler.onPong(payload),
        onError: (error) => handler.onError(error),
      },
      options,
    );
    socket.on("data", (chunk) => this.receive(chunk));
    socket.on("end", () => {
      this.#protocol.receiveEnd();
      this.#limitClosing();
    });
    socket.on("close", () => {
      clearTimeout(this.#closeTimer);
      this.#protocol.receiveEnd();
      handler.onClose(this.#protocol.closeCode, this.#protocol.closeReason);
    });
  }

  get state(): ProtocolState {
    return this.#protocol.state;
  }

  /** Takes bytes from the peer, as they come. */
  receive(chunk: Buffer): void {
    this.#isAlive = true;
    try {
      this.#protocol.receive(chunk);
    } finally {
      this.#limitClosing();
    }
  }

  /** How many bytes wait to be sent. */
  get bufferedAmount(): number {
    return this.#socket.writableLength;
  }

  /** As `Protocol.send`; `written` is called when the bytes are out. */
  send(data: Buffer, isBinary: boolean, fin?: boolean, written?: Written): boolean {
    return this.#protocol.send(data, isBinary, fin, written);
  }

  /** As `Protocol.ping`. */
  ping(payload: Buffer, written?: Written): boolean {
    return this.#protocol.ping(payload, written);
  }

  /** As `Protocol.pong`. */
  pong(payload: Buffer, written?: Written): boolean {
    return this.#protocol.pong(payload, written);
  }

  /** Begins to close. Throws as `Protocol.close` does. */
  close(code?: number, reason?: string | Uint8Array): void {
    this.#protocol.close(code, reason);
    this.#limitClosing();
  }

  /** Ends the connection at once, with all that waits to be sent or read. */
  terminate(): void {
    this.#protocol.receiveEnd();
    this.#socket.destroy();
  }

  /**
   * Sends a ping, or terminates if nothing has come since the last one. Whatever comes is a sign of
   * life: a pong has to wait until the frame that is on its way is complete.
   */
  beat(): void {
    // While it closes, the timer below is enough.
    if (this.#protocol.state !== "open") return;
    if (!this.#isAlive) return this.terminate();
    this.#isAlive = false;
    this.ping(Buffer.alloc(0));
  }

  /** Once closing has begun, the peer has so much time to do its part. */
  #limitClosing(): void {
    if (this.#protocol.state === "open" || this.#closeTimer !== undefined || this.#socket.destroyed) return;
    this.#closeTimer = setTimeout(() => this.#socket.destroy(), this.#closeTimeout);
  }
}
