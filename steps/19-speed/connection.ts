import type { Duplex } from "node:stream";
import { Opcode } from "./constants.ts";
import type { Role } from "./frame.ts";
import { gather, hurry, Outbox } from "./outbox.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { ProtocolError } from "./protocol-error.ts";
import { Protocol, type ProtocolHandler, type ProtocolOptions, type ProtocolState, type Written } from "./protocol.ts";
import { SendQueue, SlowReaderError, type SendQueueHandler, type SendQueueOptions } from "./send-queue.ts";

/** What the application hears. */
export type ConnectionHandler = {
  /** A message has come. */
  onMessage(data: Buffer, isBinary: boolean): void;
  /** A ping has come, and been answered. */
  onPing(payload: Buffer): void;
  /** A pong has come. */
  onPong(payload: Buffer): void;
  /** The peer has broken a rule, and been told so; or it does not read. Nothing more will come. */
  onError(error: ProtocolError | SlowReaderError): void;
  /** The TCP connection is gone. The code is the peer's, or 1005 or 1006. */
  onClose(code: number, reason: string): void;
  /** All has been sent, after `needsDrain` was true. */
  onDrain(): void;
};

export type ConnectionOptions = ProtocolOptions & SendQueueOptions & {
  /** How long the peer may take, from our Close frame on, until it is gone; in milliseconds. */
  closeTimeout?: number;
};

/** Where a socket keeps its connection: its listeners are shared, and get the socket as `this`. */
const CONNECTION = Symbol("connection");
type ConnectedSocket = Duplex & { [CONNECTION]: Connection };

/** One WebSocket connection, after its handshake: a protocol, its socket and its timer. */
export class Connection implements ProtocolHandler, SendQueueHandler {
  #socket: Duplex;
  #protocol: Protocol;
  #role: Role | undefined;
  #closeTimeout: number;
  #closeTimer: NodeJS.Timeout | undefined;
  #handler: ConnectionHandler;
  #queue: SendQueue;
  #outbox: Outbox;
  /** The application has paused us. */
  #isPaused = false;
  /** We are handling what the peer has sent. */
  #isReceiving = false;
  /** Something has come since the last beat, or there was none yet. */
  #isAlive = true;
  #isGone = false;

  constructor(socket: Duplex, handler: ConnectionHandler, options: ConnectionOptions) {
    this.#socket = socket;
    this.#closeTimeout = options.closeTimeout ?? 10_000;
    this.#handler = handler;
    this.#role = options.role;
    // Methods and functions for the events: closures would cost each idle connection their memory.
    this.#queue = new SendQueue(socket, this, options);
    this.#outbox = new Outbox(this.#queue);
    this.#protocol = new Protocol(this, options);
    (socket as ConnectedSocket)[CONNECTION] = this;
    socket.on("data", onSocketData).on("end", onSocketEnd).on("close", onSocketClose);
  }

  get state(): ProtocolState {
    return this.#protocol.state;
  }

  /** Whether the TCP connection is gone. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Takes bytes from the peer, as they come. */
  receive(chunk: Buffer): void {
    this.#isReceiving = true;
    this.#isAlive = true;
    this.#outbox.cork();
    try {
      const taken = this.#protocol.receive(chunk);
      // Paused in the middle: the rest waits in the socket, with what comes behind it.
      if (taken < chunk.length && this.state !== "closed") this.#socket.unshift(chunk.subarray(taken));
    } finally {
      gather();
      this.#isReceiving = false;
      this.#outbox.uncork();
      // As long as it is open, only the queue and `pause` change what may be read.
      if (this.state !== "open") {
        this.#limitClosing();
        this.#regulate();
      }
    }
  }

  /** The peer sends nothing more. */
  receiveEnd(): void {
    this.#protocol.receiveEnd();
    this.#limitClosing();
  }

  /** The socket is closed. */
  receiveClose(): void {
    this.#isGone = true;
    clearTimeout(this.#closeTimer);
    this.#queue.end();
    this.#protocol.receiveEnd();
    this.#handler.onClose(this.#protocol.closeCode, this.#protocol.closeReason);
  }

  /** How many bytes wait to be sent. */
  get bufferedAmount(): number {
    return this.#outbox.length + this.#queue.length;
  }

  /** As `Protocol.send`; `written` is called when the bytes are out. */
  send(data: Buffer, isBinary: boolean, fin?: boolean, written?: Written, compress?: boolean): boolean {
    return this.#hasRoom() && this.#protocol.send(data, isBinary, fin, written, compress);
  }

  /** As `Protocol.ping`. */
  ping(payload: Buffer, written?: Written): boolean {
    return this.#hasRoom() && this.#protocol.ping(payload, written);
  }

  /** As `Protocol.pong`. */
  pong(payload: Buffer, written?: Written): boolean {
    return this.#hasRoom() && this.#protocol.pong(payload, written);
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
    this.#outbox.flush();
    // While the application has paused us, nothing can come; and a peer that takes what waits is there.
    const isThere = this.#queue.hasMoved() || this.#isPaused;
    if (!this.#isAlive && !isThere) return this.terminate();
    this.#isAlive = false;
    // Not ours: asking whether somebody is there is no reason to give it up.
    this.#protocol.ping(Buffer.alloc(0));
  }

  /** Once closing has begun, the peer has so much time to do its part. */
  #limitClosing(): void {
    if (this.#protocol.state === "open" || this.#closeTimer !== undefined || this.#socket.destroyed) return;
    this.#closeTimer = setTimeout(() => this.#socket.destroy(), this.#closeTimeout);
  }

  /** As `Protocol.sendPrepared`. */
  sendPrepared(message: PreparedMessage, written?: Written): boolean {
    return this.#hasRoom() && this.#protocol.sendPrepared(message, written);
  }

  /** `highWaterMark` has been reached, and `onDrain` is still to come. */
  get needsDrain(): boolean {
    return this.#queue.isFull && this.state === "open";
  }

  /** Whether the application has paused the connection. That we wait for the peer to read is not meant. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Nothing is received until `resume`. `onDrain` comes, and the end of a socket that breaks or is terminated. */
  pause(): void {
    this.#isPaused = true;
    this.#regulate();
  }

  /** Events come again, from the next tick on. */
  resume(): void {
    this.#isPaused = false;
    this.#regulate();
  }

  /** Reads or does not read: a peer that does not take our replies shall not provoke more of them. */
  #regulate(): void {
    const mayRead = !this.#isPaused && !this.#queue.hasTooManyReplies;
    // After the closing handshake we read on in any case, and drop it all: the peer's FIN is to come.
    if (mayRead || this.state === "closed") {
      // What the peer has sent meanwhile is still to come: only now it can be silent again.
      if (this.#socket.isPaused()) this.#isAlive = true;
      this.#protocol.resume();
      this.#socket.resume();
    } else {
      this.#protocol.pause();
      this.#socket.pause();
    }
  }

  /** Whether more may wait to be sent. If not, the connection ends here. */
  #hasRoom(): boolean {
    if (!this.#queue.isOverflowing || this.state !== "open") return true;
    const error = new SlowReaderError(this.bufferedAmount);
    this.terminate();
    this.#handler.onError(error);
    return false;
  }

  onFrame(first: number, payload: Buffer, key: number | undefined, written?: Written): void {
    this.#outbox.addFrame(first, payload, key, this.#isReply(first), written);
  }

  onBytes(bytes: Buffer, written?: Written): void {
    this.#outbox.addBytes(bytes, this.#isReply(bytes.readUInt8(0)), written);
  }

  onEnd(): void {
    this.#outbox.flush();
    this.#queue.end();
  }

  onMessage(data: Buffer, isBinary: boolean): void {
    // More messages would bring more to send. What the last one brings need not wait.
    if (this.#protocol.hasMore) gather();
    else hurry();
    this.#handler.onMessage(data, isBinary);
  }

  onPing(payload: Buffer): void {
    this.#handler.onPing(payload);
  }

  onPong(payload: Buffer): void {
    this.#handler.onPong(payload);
  }

  onError(error: ProtocolError): void {
    this.#handler.onError(error);
  }

  onReplies(): void {
    this.#regulate();
  }

  onDrain(): void {
    if (this.state === "open") this.#handler.onDrain();
  }

  /** What we send while we receive is a reply: how much of it there is, the peer decides. */
  #isReply(first: number): boolean {
    // A client's messages never are: if it stopped reading while a server does, each would wait for the other.
    return this.#isReceiving && (this.#role !== "client" || (first & 15) === Opcode.Pong);
  }
}

function onSocketData(this: ConnectedSocket, chunk: Buffer): void {
  this[CONNECTION].receive(chunk);
}

function onSocketEnd(this: ConnectedSocket): void {
  this[CONNECTION].receiveEnd();
}

function onSocketClose(this: ConnectedSocket): void {
  this[CONNECTION].receiveClose();
}
