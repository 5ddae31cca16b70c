import { randomBytes } from "node:crypto";
import { CloseCode, isControl, isValidCloseCode, Opcode, Rsv } from "./constants.ts";
import { EMPTY } from "./data.ts";
import { FrameParser, type FrameSink } from "./frame-parser.ts";
import { checkHeader, firstByte, type FrameHeader, type Role } from "./frame.ts";
import { MessageAssembler } from "./message-assembler.ts";
import type { MessageCompression } from "./message-compression.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import { ProtocolError } from "./protocol-error.ts";
import { checkUtf8 } from "./utf8.ts";

/** Is called when the bytes have left for the network, or with the error that kept them back. */
export type Written = (error?: Error | null) => void;

/** What the protocol wants done, and what it has to tell. */
export type ProtocolHandler = {
  /** A frame with this first byte goes to the peer: `writeFrame` makes its bytes. */
  onFrame(first: number, payload: Buffer, key: number | undefined, written?: Written): void;
  /** These bytes go to the peer: a frame that others get, too. */
  onBytes(bytes: Buffer, written?: Written): void;
  /** Nothing more goes to the peer: end our side of the TCP connection. */
  onEnd(): void;
  /** A message has come. */
  onMessage(data: Buffer, isBinary: boolean): void;
  /** A ping has come, and been answered. */
  onPing(payload: Buffer): void;
  /** A pong has come. */
  onPong(payload: Buffer): void;
  /** The peer has broken a rule. It has been told so, and nothing more will come. */
  onError(error: ProtocolError): void;
};

export type ProtocolOptions = {
  /** The most bytes that a message may have. */
  maxPayload: number;
  /** Which end we are; the server without it. */
  role?: Role;
  /** What permessage-deflate does, if both sides have agreed on it. */
  compression?: MessageCompression | undefined;
};

/**
 * Open, until a Close frame goes out. Closing, until the peer's Close frame comes. Closed, when no
 * frame can come or go any more.
 */
export type ProtocolState = "open" | "closing" | "closed";

/**
 * One side of a WebSocket connection as a machine: bytes and calls go in, bytes and
 * events come out. It knows no socket and no clock. RFC 6455, sections 5 to 8.
 */
export class Protocol implements FrameSink {
  #handler: ProtocolHandler;
  #parser = new FrameParser();
  #maxPayload: number;
  /** Is made for the first message that `onWhole` does not get. */
  #message: MessageAssembler | undefined;
  /** The payload of the control frame that is being received. */
  #control = EMPTY;
  #state: ProtocolState = "open";
  #closeCode: number = CloseCode.Abnormal;
  #closeReason = "";
  /** The message that we are sending is not complete. */
  #isFragmented = false;
  #compression: MessageCompression | undefined;
  /** The message that we are sending, or have sent last, is compressed. */
  #isCompressed = false;
  #role: Role;
  /** We have ended our side of the TCP connection. */
  #isEnded = false;

  constructor(handler: ProtocolHandler, { maxPayload, role = "server", compression }: ProtocolOptions) {
    this.#role = role;
    this.#handler = handler;
    this.#maxPayload = maxPayload;
    this.#compression = compression;
  }

  get state(): ProtocolState {
    return this.#state;
  }

  /** The code of the peer's Close frame; 1005 if it had none, 1006 if no such frame has come. */
  get closeCode(): number {
    return this.#closeCode;
  }

  /** The reason in the peer's Close frame, or an empty string. */
  get closeReason(): string {
    return this.#closeReason;
  }

  /**
   * Takes bytes from the peer. It unmasks them in place: the chunk is ours now. Returns how many it has
   * taken: fewer than there are, if `pause` was called meanwhile or if no frame can come any more.
   */
  receive(chunk: Buffer): number {
    try {
      return this.#parser.push(chunk, this);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail(error);
      return chunk.length;
    }
  }

  /** Takes no bytes until `resume`, not even the rest of the current chunk. */
  pause(): void {
    this.#parser.pause();
  }

  resume(): void {
    this.#parser.resume();
  }

  /** While the handler hears of a frame: whether the chunk holds more. */
  get hasMore(): boolean {
    return this.#parser.hasMore;
  }

  /** The peer's side of the TCP connection has ended, politely or not. */
  receiveEnd(): void {
    if (!this.#isEnded) this.#end();
  }

  /**
   * Sends a message: text, or bytes if `isBinary`. With `fin` false it is a fragment, and the next
   * call goes on with the same message. Without `compress`, a message is sent as it is. Returns
   * whether the state allowed it.
   */
  send(data: Buffer, isBinary: boolean, fin = true, written?: Written, compress = true): boolean {
    if (this.#state !== "open") return false;
    const opcode = isBinary ? Opcode.Binary : Opcode.Text;
    const isContinuation = this.#isFragmented;
    this.#isFragmented = !fin;
    // The first fragment decides for all, and is the only one that says so.
    if (!isContinuation) this.#isCompressed = compress && this.#compression?.isWorthwhile(data.length) === true;
    const payload = this.#isCompressed && this.#compression ? this.#compression.compress(data, fin) : data;
    const rsv = this.#isCompressed && !isContinuation ? Rsv.Compressed : 0;
    this.#sendFrame(isContinuation ? Opcode.Continuation : opcode, payload, fin, written, rsv);
    return true;
  }

  /** As `send`, with a frame that others get, too. */
  sendPrepared({ frame, payload, isBinary }: PreparedMessage, written?: Written): boolean {
    // Inside of another message its frame would begin a second one, and a client masks each frame anew.
    if (this.#isFragmented || this.#role === "client") return this.send(payload, isBinary, true, written);
    if (this.#state !== "open") return false;
    this.#handler.onBytes(frame, written);
    return true;
  }

  /**
   * Sends a ping. Returns whether the state allowed it. Throws a `RangeError` if the payload has more
   * than 125 bytes.
   */
  ping(payload: Buffer, written?: Written): boolean {
    return this.#sendControl(Opcode.Ping, payload, written);
  }

  /** Sends a pong that nobody has asked for; those that are asked for go out by themselves. As `ping`. */
  pong(payload: Buffer, written?: Written): boolean {
    return this.#sendControl(Opcode.Pong, payload, written);
  }

  /**
   * Begins to close, by a Close frame with this code or with none; does nothing if that has begun
   * already. Throws a `TypeError` if the code must not be sent, and a `RangeError` if the reason has
   * more than 123 bytes in UTF-8.
   */
  close(code?: number, reason: string | Uint8Array = ""): void {
    if (code === undefined) return this.#sendClose(CloseCode.NoStatus);
    if (!isValidCloseCode(code)) throw new TypeError(`${code} must not be sent as a close code`);
    const text = Buffer.from(reason);
    if (text.length > 123) throw new RangeError("A close reason has at most 123 bytes");
    this.#sendClose(code, text);
  }

  takesWhole(length: number): boolean {
    return this.#role === "server" && this.#message?.opcode === undefined && length <= this.#maxPayload;
  }

  onWhole(payload: Buffer, isBinary: boolean, isAscii: boolean): void {
    if (!isBinary && !isAscii) checkUtf8(payload);
    this.#handler.onMessage(payload, isBinary);
  }

  onHeader(header: FrameHeader): void {
    checkHeader(header, this.#role, this.#compression !== undefined);
    if (isControl(header.opcode)) this.#control = Buffer.alloc(0);
    else (this.#message ??= new MessageAssembler(this.#maxPayload, this.#compression)).startFrame(header);
  }

  onPayload(header: FrameHeader, part: Buffer, isAscii: boolean): void {
    // A copy: a slice that we kept would keep its whole chunk.
    if (isControl(header.opcode)) this.#control = Buffer.concat([this.#control, part]);
    else this.#message?.append(part, isAscii);
  }

  onFrameEnd(header: FrameHeader): void {
    if (isControl(header.opcode)) this.#onControlFrame(header.opcode, this.#control);
    else if (header.fin && this.#message !== undefined) this.#onMessage(this.#message);
  }

  #onMessage(message: MessageAssembler): void {
    const isBinary = message.opcode === Opcode.Binary;
    this.#handler.onMessage(message.finish(), isBinary);
  }

  #onControlFrame(opcode: number, payload: Buffer): void {
    switch (opcode) {
      case Opcode.Ping:
        this.#sendFrame(Opcode.Pong, payload);
        this.#handler.onPing(payload);
        break;
      case Opcode.Pong:
        this.#handler.onPong(payload);
        break;
      case Opcode.Close:
        this.#onClose(payload);
        break;
    }
  }

  /** The payload is empty, or a status code of two bytes and a reason. RFC 6455, section 5.5.1. */
  #onClose(payload: Buffer): void {
    if (payload.length === 1) {
      throw new ProtocolError(CloseCode.ProtocolError, "A close code has two bytes");
    }
    const code = payload.length === 0 ? CloseCode.NoStatus : payload.readUInt16BE(0);
    if (payload.length > 0 && !isValidCloseCode(code)) {
      throw new ProtocolError(CloseCode.ProtocolError, `${code} must not be sent as a close code`);
    }
    const reason = payload.subarray(2);
    checkUtf8(reason);

    this.#closeCode = code;
    this.#closeReason = reason.toString();
    this.#sendClose(code);
    this.#hangUp();
  }

  /** Fails the connection: says why, and processes nothing more. RFC 6455, section 7.1.7. */
  #fail(error: ProtocolError): void {
    this.#sendClose(error.code);
    this.#hangUp();
    this.#handler.onError(error);
  }

  /** Sends a Close frame, unless we have sent one before. */
  #sendClose(code: number, reason: Buffer = EMPTY): void {
    if (this.#state !== "open") return;
    this.#state = "closing";

    const status = Buffer.alloc(code === CloseCode.NoStatus ? 0 : 2);
    if (status.length > 0) status.writeUInt16BE(code);
    this.#sendFrame(Opcode.Close, Buffer.concat([status, reason]));
  }

  /** Goodbye is said. The server is the one who hangs up; a client waits for it. RFC 6455, section 7.1.1. */
  #hangUp(): void {
    if (this.#role === "server") this.#end();
    else this.#stop();
  }

  /** Nothing comes and nothing goes any more. */
  #stop(): void {
    this.#state = "closed";
    this.#parser.stop();
  }

  #end(): void {
    this.#stop();
    this.#isEnded = true;
    this.#handler.onEnd();
  }

  #sendControl(opcode: number, payload: Buffer, written?: Written): boolean {
    if (payload.length > 125) throw new RangeError("A ping or a pong has at most 125 bytes");
    if (this.#state !== "open") return false;
    this.#sendFrame(opcode, payload, true, written);
    return true;
  }

  #sendFrame(opcode: number, payload: Buffer, fin = true, written?: Written, rsv = 0): void {
    // Fresh for each frame, and not to be guessed. RFC 6455, sections 5.3 and 10.3.
    const key = this.#role === "client" ? randomBytes(4).readInt32LE() : undefined;
    this.#handler.onFrame(firstByte(opcode, fin, rsv), payload, key, written);
  }
}
