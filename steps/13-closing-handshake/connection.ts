import type { Duplex } from "node:stream";
import type { ProtocolError } from "./protocol-error.ts";
import { Protocol, type ProtocolOptions, type ProtocolState } from "./protocol.ts";

/** What the application hears. */
export type ConnectionHandler = {
  /** A message has come. */
  onMessage(data: Buffer, isBinary: boolean): void;
  /** The client has broken a rule. It has been told so, and nothing more will come. */
  onError(error: ProtocolError): void;
  /** The TCP connection is gone. The code is the client's, or 1005 or 1006. */
  onClose(code: number, reason: string): void;
};

export type ConnectionOptions = ProtocolOptions & {
  /** How long the client may take, from our Close frame on, until it is gone; in milliseconds. */
  closeTimeout?: number;
};

/** One WebSocket connection, after its handshake: a protocol, its socket and its timer. */
export class Connection {
  #socket: Duplex;
  #protocol: Protocol;
  #closeTimeout: number;
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(socket: Duplex, handler: ConnectionHandler, options: ConnectionOptions) {
    this.#socket = socket;
    this.#closeTimeout = options.closeTimeout ?? 10_000;
    this.#protocol = new Protocol(
      {
        onBytes: (bytes) => socket.write(bytes),
        onEnd: () => socket.end(),
        onMessage: (data, isBinary) => handler.onMessage(data, isBinary),
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

  /** Takes bytes from the client: those of the socket, and before them the `head` of the upgrade. */
  receive(chunk: Buffer): void {
    try {
      this.#protocol.receive(chunk);
    } finally {
      this.#limitClosing();
    }
  }

  /** Sends a message: text, or bytes if `isBinary`. Returns whether the state allowed it. */
  send(data: Buffer, isBinary: boolean): boolean {
    return this.#protocol.send(data, isBinary);
  }

  /**
   * Begins to close. Throws a `RangeError` if the code must not be sent, or if the reason has more
   * than 123 bytes in UTF-8.
   */
  close(code?: number, reason?: string): void {
    this.#protocol.close(code, reason);
    this.#limitClosing();
  }

  /** Once closing has begun, the client has so much time to do its part. */
  #limitClosing(): void {
    if (this.#protocol.state === "open" || this.#closeTimer !== undefined || this.#socket.destroyed) return;
    this.#closeTimer = setTimeout(() => this.#socket.destroy(), this.#closeTimeout);
  }
}
