import { CloseCode, isControl, isValidCloseCode, Opcode } from "./constants.ts";
import { FrameParser, type FrameSink } from "./frame-parser.ts";
import { checkHeader, encodeFrame, type FrameHeader } from "./frame.ts";
import { MessageAssembler } from "./message-assembler.ts";
import { ProtocolError } from "./protocol-error.ts";
import { Utf8Checker } from "./utf8.ts";

/** What the protocol wants done, and what it has to tell. */
export type ProtocolHandler = {
  /** These bytes go to the peer. */
  onBytes(bytes: Buffer): void;
  /** Nothing more goes to the peer: end our side of the TCP connection. */
  onEnd(): void;
  /** A message has come. */
  onMessage(data: Buffer, isBinary: boolean): void;
  /** The peer has broken a rule. It has been told so, and nothing more will come. */
  onError(error: ProtocolError): void;
};

export type ProtocolOptions = {
  /** The most bytes that a message may have. */
  maxPayload: number;
};

/**
 * Open, until a Close frame goes out. Closing, until the peer's Close frame comes. Closed, when no
 * frame can come or go any more.
 */
export type ProtocolState = "open" | "closing" | "closed";

/**
 * The server's side of one WebSocket connection as a machine: bytes and calls go in, bytes and
 * events come out. It knows no socket and no clock. RFC 6455, sections 5 to 8.
 */
export class Protocol implements FrameSink {
  #handler: ProtocolHandler;
  #parser = new FrameParser();
  #message: MessageAssembler;
  /** The payload of the control frame that is being received. */
  #control = Buffer.alloc(0);
  #state: ProtocolState = "open";
  #closeCode: number = CloseCode.Abnormal;
  #closeReason = "";

  constructor(handler: ProtocolHandler, { maxPayload }: ProtocolOptions) {
    this.#handler = handler;
    this.#message = new MessageAssembler(maxPayload);
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

  /** Takes bytes from the peer. It unmasks them in place: the chunk is ours now. */
  receive(chunk: Buffer): void {
    try {
      this.#parser.push(chunk, this);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail(error);
    }
  }

  /** The peer's side of the TCP connection has ended, politely or not. */
  receiveEnd(): void {
    if (this.#state !== "closed") this.#end();
  }

  /** Sends a message: text, or bytes if `isBinary`. Returns whether the state allowed it. */
  send(data: Buffer, isBinary: boolean): boolean {
    if (this.#state !== "open") return false;
    this.#sendFrame(isBinary ? Opcode.Binary : Opcode.Text, data);
    return true;
  }

  /**
   * Begins to close; does nothing if that has begun already. Throws a `RangeError` if the code must
   * not be sent, or if the reason has more than 123 bytes in UTF-8.
   */
  close(code: number = CloseCode.Normal, reason = ""): void {
    if (!isValidCloseCode(code)) throw new RangeError(`${code} must not be sent as a close code`);
    const text = Buffer.from(reason);
    if (text.length > 123) throw new RangeError("A close reason has at most 123 bytes");
    this.#sendClose(code, text);
  }

  onHeader(header: FrameHeader): void {
    checkHeader(header);
    if (isControl(header.opcode)) this.#control = Buffer.alloc(0);
    else this.#message.startFrame(header);
  }

  onPayload(header: FrameHeader, part: Buffer): void {
    // A copy: a slice that we kept would keep its whole chunk.
    if (isControl(header.opcode)) this.#control = Buffer.concat([this.#control, part]);
    else this.#message.append(part);
  }

  onFrameEnd(header: FrameHeader): void {
    if (isControl(header.opcode)) this.#onControlFrame(header.opcode, this.#control);
    else if (header.fin) this.#onMessage();
  }

  #onMessage(): void {
    const isBinary = this.#message.opcode === Opcode.Binary;
    this.#handler.onMessage(this.#message.finish(), isBinary);
  }

  #onControlFrame(opcode: number, payload: Buffer): void {
    switch (opcode) {
      case Opcode.Ping:
        this.#sendFrame(Opcode.Pong, payload);
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
    const checker = new Utf8Checker();
    checker.push(reason);
    checker.end();

    this.#closeCode = code;
    this.#closeReason = reason.toString();
    this.#sendClose(code);
    // Both have said goodbye, and the server is the one who hangs up. RFC 6455, section 7.1.1.
    this.#end();
  }

  /** Fails the connection: says why, and processes nothing more. RFC 6455, section 7.1.7. */
  #fail(error: ProtocolError): void {
    this.#sendClose(error.code);
    this.#end();
    this.#handler.onError(error);
  }

  /** Sends a Close frame, unless we have sent one before. */
  #sendClose(code: number, reason: Buffer = Buffer.alloc(0)): void {
    if (this.#state !== "open") return;
    this.#state = "closing";

    const status = Buffer.alloc(code === CloseCode.NoStatus ? 0 : 2);
    if (status.length > 0) status.writeUInt16BE(code);
    this.#sendFrame(Opcode.Close, Buffer.concat([status, reason]));
  }

  /** Nothing comes and nothing goes any more. */
  #end(): void {
    this.#state = "closed";
    this.#parser.stop();
    this.#handler.onEnd();
  }

  #sendFrame(opcode: number, payload: Buffer): void {
    this.#handler.onBytes(encodeFrame(opcode, payload));
  }
}
