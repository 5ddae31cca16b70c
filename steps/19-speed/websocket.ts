import type { EventEmitter } from "node:events";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { checkProtocols, parseAddress } from "./client-handshake.ts";
import { Connection, type ConnectionHandler, type ConnectionOptions } from "./connection.ts";
import { CloseCode } from "./constants.ts";
import { toArrayBuffer, toBuffer, type Data } from "./data.ts";
import { BrowserEvents } from "./event-target.ts";
import type { Role } from "./frame.ts";
import type { MessageCompression } from "./message-compression.ts";
import { readMessages, type Message } from "./messages.ts";
import { OpeningHandshake, type OpeningOptions } from "./opening-handshake.ts";
import { PreparedMessage } from "./prepared-message.ts";
import type { Written } from "./protocol.ts";
import { checkLimits } from "./server-options.ts";

const READY_STATES = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"] as const;
const BINARY_TYPES = ["nodebuffer", "arraybuffer"];
const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3];

/** The most bytes of a message, unless the option `maxPayload` says otherwise. */
const MAX_PAYLOAD = 1024 * 1024;

export type SendOptions = {
  /** Whether the data is binary; if it is not said, all but strings and numbers is. */
  binary?: boolean;
  /** Whether the message is complete; `false` for all its fragments but the last. */
  fin?: boolean;
  /** Whether the message may be compressed, if the connection can do that; it may by default. */
  compress?: boolean;
};

export type WebSocketOptions = Partial<Omit<ConnectionOptions, "role">>;

/** The options of a client. */
export type ClientOptions = WebSocketOptions & OpeningOptions;

type Protocols = string | readonly string[];

/** One end of a WebSocket. Its last event is `close`, always. */
export class WebSocket extends BrowserEvents {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  #options: ClientOptions;
  #connection: Connection | undefined;
  #isClosed = false;
  #protocol = "";
  #extensions = "";
  #binaryType = "nodebuffer";
  /** The bytes that were given to `send` when it was too late. */
  #lostBytes = 0;
  #role: Role = "client";
  #url: string | undefined;
  /** A client's, until it is open. */
  #opening: OpeningHandshake | undefined;
  #hasFailed = false;
  /** The application has paused us before there was a connection. */
  #isPausedEarly = false;

  /**
   * Connects to a server; `open` or `error` tells what came of it. Throws a `SyntaxError` if the
   * address is none, or a subprotocol no token, and a `RangeError` if an option makes no sense.
   * `protocols` may be left out, even before `options`. The address `null` is for `WebSocketServer`,
   * which has a socket already.
   */
  constructor(address: string | URL | null, protocols: Protocols | ClientOptions = [], options: ClientOptions = {}) {
    super();
    const offered = isProtocols(protocols) ? [protocols].flat() : [];
    this.#options = isProtocols(protocols) ? options : protocols;
    if (address === null) this.#role = "server";
    else this.#open(parseAddress(address), offered, this.#options);
  }

  /** Once the handshake is done. `head` is what came behind the request, or behind the response. */
  setSocket(socket: Duplex, head: Buffer, protocol: string, compression?: MessageCompression): void {
    this.#protocol = protocol;
    this.#extensions = compression === undefined ? "" : "permessage-deflate";
    // A timeout of HTTP's ends here, and small frames do not wait for more. A mere Duplex has neither.
    if (socket instanceof Socket) socket.setTimeout(0).setNoDelay();
    // Back into the socket, before it flows: that begins in the next tick, when the application listens.
    if (head.length > 0) socket.unshift(head);
    const { maxPayload = MAX_PAYLOAD, highWaterMark, maxBufferedAmount, closeTimeout } = this.#options;
    // Each by its name: reading what was spread together takes longer.
    const options = {
      maxPayload,
      highWaterMark,
      maxBufferedAmount,
      closeTimeout,
      role: this.#role,
      compression,
    } satisfies Record<keyof ConnectionOptions, unknown>;
    this.#connection = new Connection(socket, new Announcer(this), options);
    if (this.#isPausedEarly) this.#connection.pause();
    tell(this, "open");
  }

  get readyState(): number {
    if (this.#isClosed || this.#connection?.isGone) return CLOSED;
    if (this.#connection === undefined) return this.#hasFailed ? CLOSING : CONNECTING;
    return this.#connection.state === "open" ? OPEN : CLOSING;
  }

  /** The address that a client has connected to. */
  get url(): string | undefined {
    return this.#url;
  }

  /** The subprotocol of the connection, or an empty string. */
  get protocol(): string {
    return this.#protocol;
  }

  /** The extensions of the connection: `permessage-deflate`, or an empty string. */
  get extensions(): string {
    return this.#extensions;
  }

  /** How many bytes wait to be sent, those that came too late and never will be included. */
  get bufferedAmount(): number {
    return this.#lostBytes + (this.#connection?.bufferedAmount ?? 0);
  }

  /** What binary messages come as: `nodebuffer` or `arraybuffer`. */
  get binaryType(): string {
    return this.#binaryType;
  }

  set binaryType(type: string) {
    if (BINARY_TYPES.includes(type)) this.#binaryType = type;
  }

  /**
   * Sends a message. `written` is called when it is out, or with an error if it is too late. Returns
   * whether the peer keeps up: after `false` the message is on its way, but wait for `drain`. If more
   * than `maxBufferedAmount` waits already, the connection ends with a `SlowReaderError`. Data of
   * 16 KiB or more that is given as bytes is not copied: leave it as it is until `written` is called.
   * What is sent leaves at the end of the tick at the latest: before you end the process, wait for
   * `written`, or for `close`.
   */
  send(data: Data | PreparedMessage, options?: SendOptions | Written | null, written?: Written): boolean {
    if (typeof options === "function") return this.send(data, {}, options);
    const connection = this.#connected();
    // First what is quick: `instanceof` goes through all prototypes of a Buffer, for each message.
    if (!ArrayBuffer.isView(data) && data instanceof PreparedMessage) {
      return this.#report(connection.sendPrepared(data, written), data.payload, written);
    }
    const bytes = toBuffer(data);
    const isBinary = options?.binary ?? !(typeof data === "string" || typeof data === "number");
    return this.#report(connection.send(bytes, isBinary, options?.fin, written, options?.compress), bytes, written);
  }

  /** Sends a ping. The peer answers with a pong and the same data, of at most 125 bytes. */
  ping(data?: Data | Written, mask?: boolean | Written, written?: Written): void {
    if (typeof data === "function") return this.ping("", false, data);
    if (typeof mask === "function") return this.ping(data, false, mask);
    const connection = this.#connected();
    const bytes = toBuffer(data);
    this.#report(connection.ping(bytes, written), bytes, written);
  }

  /** Sends a pong without a ping, as a sign of life. The answers to pings go out by themselves. */
  pong(data?: Data | Written, mask?: boolean | Written, written?: Written): void {
    if (typeof data === "function") return this.pong("", false, data);
    if (typeof mask === "function") return this.pong(data, false, mask);
    const connection = this.#connected();
    const bytes = toBuffer(data);
    this.#report(connection.pong(bytes, written), bytes, written);
  }

  /** Begins to close, with a Close frame. Throws if the code must not be sent or the reason is too long. */
  close(code?: number, reason?: string | Uint8Array): void {
    if (this.readyState === CONNECTING) this.#abort();
    if (this.readyState === OPEN) this.#connection?.close(code, reason);
  }

  /** Ends the connection at once, without a Close frame. */
  terminate(): void {
    if (this.readyState === CONNECTING) this.#abort();
    this.#connection?.terminate();
  }

  /** To be called at intervals, as `WebSocketServer` does: see `Connection.beat`. */
  beat(): void {
    this.#connection?.beat();
  }

  /** `highWaterMark` has been reached, and `drain` is still to come. */
  get needsDrain(): boolean {
    return this.#connection?.needsDrain ?? false;
  }

  /** Whether the application has paused the connection. */
  get isPaused(): boolean {
    return this.#connection?.isPaused ?? this.#isPausedEarly;
  }

  /** No message, ping or pong comes until `resume`, not even what has arrived. TCP tells the peer to wait. */
  pause(): void {
    if (this.readyState === CLOSED) return;
    this.#isPausedEarly = this.#connection === undefined;
    this.#connection?.pause();
  }

  /** Events come again, from the next tick on. */
  resume(): void {
    this.#isPausedEarly = false;
    if (this.readyState !== CLOSED) this.#connection?.resume();
  }

  /** The messages, for `for await`. The peer has to wait while nobody asks for the next one. */
  messages(): AsyncGenerator<Message, void> {
    return readMessages(this);
  }

  #open(url: URL, protocols: readonly string[], options: ClientOptions): void {
    checkProtocols(protocols);
    checkLimits(options);
    this.#url = url.href;
    this.#opening = new OpeningHandshake(url, protocols, options, {
      onUpgrade: (response) => tell(this, "upgrade", response),
      onResponse: (request, response) => {
        const isHeard = this.listenerCount("unexpected-response") > 0;
        tell(this, "unexpected-response", request, response);
        return isHeard;
      },
      onOpen: (socket, head, protocol, compression) => {
        this.#opening = undefined;
        this.setSocket(socket, head, protocol, compression);
        // An `await` for `open` goes on a little later, and must not miss a message until then.
        setImmediate(() => this.isPaused || this.resume());
      },
      onError: (error) => {
        this.#hasFailed = true;
        tell(this, "error", error);
        this.#isClosed = true;
        tell(this, "close", CloseCode.Abnormal, Buffer.alloc(0));
      },
    });
  }

  #abort(): void {
    this.#hasFailed = this.#opening !== undefined;
    this.#opening?.abort(new Error("WebSocket was closed before the connection was established"));
  }

  #connected(): Connection {
    if (this.#connection === undefined) throw this.#notOpen();
    return this.#connection;
  }

  /** What `send` returns. What has not been sent is counted, and `written` learns of it. */
  #report(isSent: boolean, bytes: Buffer, written: Written | undefined): boolean {
    if (isSent) return !this.needsDrain;
    this.#lostBytes += bytes.length;
    if (written !== undefined) process.nextTick(written, this.#notOpen());
    return false;
  }

  #notOpen(): Error {
    return new Error(`WebSocket is not open: readyState ${this.readyState} (${READY_STATES[this.readyState]})`);
  }
}

/** What a connection tells goes on as events. An object with methods: closures cost each connection their memory. */
class Announcer implements ConnectionHandler {
  #webSocket: WebSocket;

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
  }

  onMessage(data: Buffer, isBinary: boolean): void {
    const webSocket = this.#webSocket;
    const asArrayBuffer = isBinary && webSocket.binaryType === "arraybuffer";
    // As `tell`, without a list of arguments: there are more messages than anything else.
    try {
      webSocket.emit("message", asArrayBuffer ? toArrayBuffer(data) : data, isBinary);
    } catch (error) {
      throwLater(error);
    }
  }

  onPing(payload: Buffer): void {
    tell(this.#webSocket, "ping", payload);
  }

  onPong(payload: Buffer): void {
    tell(this.#webSocket, "pong", payload);
  }

  onError(error: Error): void {
    tell(this.#webSocket, "error", error);
  }

  onClose(code: number, reason: string): void {
    tell(this.#webSocket, "close", code, Buffer.from(reason));
  }

  onDrain(): void {
    tell(this.#webSocket, "drain");
  }
}

/**
 * Emits an event. What a listener throws is the application's affair and ends the process, as ever;
 * but it must not unwind our parser, which would lose the frames behind.
 */
function tell(webSocket: WebSocket, event: string, ...args: unknown[]): void {
  try {
    (webSocket as EventEmitter).emit(event, ...args);
  } catch (error) {
    throwLater(error);
  }
}

function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}

function isProtocols(value: Protocols | ClientOptions | null): value is Protocols {
  // What is neither goes to `checkProtocols`, which says so.
  return typeof value !== "object" || value === null || Array.isArray(value);
}

for (const [value, name] of READY_STATES.entries()) {
  for (const owner of [WebSocket, WebSocket.prototype]) {
    Object.defineProperty(owner, name, { value, enumerable: true });
  }
}
