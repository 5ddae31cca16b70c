import { connect, type Socket } from "node:net";
import { encodeFrame, FrameReader, Opcode, type Frame } from "./frames.ts";

/** What Chromium offers, but without a context between messages: each can be inflated by itself. */
export const DEFLATE_OFFER =
  "permessage-deflate; client_no_context_takeover; server_no_context_takeover";

export interface ClientOptions {
  port: number;
  localAddress?: string | undefined;
  /** The value of Sec-WebSocket-Extensions. */
  extensions?: string | undefined;
  /** Reads nothing any more once the handshake is done. */
  neverReads?: boolean;
  /** Sends no request: the scenario does. */
  silent?: boolean;
}

/** A raw client over TCP: it costs little, so that the server is what is measured. */
export class Client {
  readonly socket: Socket;
  /** Whether a 101 came; false if anything else came, or nothing before the end. */
  readonly opened: Promise<boolean>;
  /** The end of the connection, however it came. */
  readonly closed: Promise<void>;
  isOpen = false;
  isClosed = false;
  /** The server's HTTP status, 0 while there is none. */
  status = 0;
  /** The code of the server's Close frame: 1005 if it is empty, 0 while there is none. */
  closeCode = 0;
  pongs = 0;
  /** The code of a socket's error, such as ECONNRESET. */
  error = "";
  /** Whether the server has accepted permessage-deflate. */
  deflates = false;
  /** Called with each data frame. */
  onData: (frame: Frame) => void = () => {};

  #neverReads: boolean;
  #head = Buffer.alloc(0);
  #frames = new FrameReader();
  #settle: (isOpen: boolean) => void = () => {};

  constructor({ port, localAddress, extensions, neverReads = false, silent = false }: ClientOptions) {
    this.#neverReads = neverReads;
    this.opened = new Promise((resolve) => (this.#settle = resolve));
    this.socket = connect({ port, host: "127.0.0.1", ...(localAddress ? { localAddress } : {}), noDelay: true });
    this.closed = new Promise((resolve) =>
      this.socket.once("close", () => {
        this.isOpen = false;
        this.isClosed = true;
        this.#settle(false);
        resolve();
      }),
    );
    this.socket.on("error", (error: NodeJS.ErrnoException) => (this.error = error.code ?? error.message));
    this.socket.on("data", (chunk) => this.#receive(chunk));
    if (!silent) this.socket.write(request(extensions));
  }

  send(opcode: number, payload: Buffer): void {
    this.socket.write(encodeFrame(opcode, payload));
  }

  #receive(chunk: Buffer): void {
    if (this.isOpen || this.status === 101) return this.#receiveFrames(chunk);
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf("\r\n\r\n");
    if (end === -1) return;
    const head = this.#head.toString("latin1", 0, end);
    this.status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 0);
    this.isOpen = this.status === 101;
    this.deflates = /^sec-websocket-extensions:.*permessage-deflate/im.test(head);
    if (this.isOpen && this.#neverReads) this.socket.pause();
    const rest = this.#head.subarray(end + 4);
    this.#head = Buffer.alloc(0);
    this.#settle(this.isOpen);
    if (this.isOpen && rest.length > 0) this.#receiveFrames(rest);
  }

  #receiveFrames(chunk: Buffer): void {
    for (const frame of this.#frames.push(chunk)) {
      const { opcode, payload } = frame;
      if (opcode === Opcode.Close) this.closeCode = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
      else if (opcode === Opcode.Pong) this.pongs++;
      // A server with a heartbeat hangs up on those who do not answer.
      else if (opcode === Opcode.Ping) this.send(Opcode.Pong, Buffer.from(payload));
      else this.onData(frame);
    }
  }
}

/** The request of a handshake. Its key is that of RFC 6455: the answer is not what we look at. */
export function request(extensions?: string): string {
  return [
    "GET / HTTP/1.1",
    "Host: 127.0.0.1",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    ...(extensions ? [`Sec-WebSocket-Extensions: ${extensions}`] : []),
    "\r\n",
  ].join("\r\n");
}
