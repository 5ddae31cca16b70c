import type { Duplex } from "node:stream";
import { CloseCode, isControl, Opcode } from "../../constants.ts";
import { checkHeader, decodeHeader, encodeFrame, headerLength, unmask, type FrameHeader } from "../../frame.ts";
import { ProtocolError } from "../../protocol-error.ts";
import { LIMIT } from "./serve.ts";

// Nothing is wrong in here: it is the connection of this step, simpler and slower, in methods that a
// mistake can replace one at a time.

/** Echoes messages, and fails the connection when the client breaks a rule. */
export class EchoConnection {
  protected socket: Duplex;
  /** What the current message is; `undefined` between two messages. */
  protected opcode: number | undefined;
  /** How many bytes of it the headers have announced. */
  protected announced = 0;
  protected parts: Buffer[] = [];
  protected ended = false;
  #bytes = Buffer.alloc(0);
  #header: FrameHeader | undefined;

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on("data", (chunk) => this.receive(chunk));
    socket.on("end", () => socket.end());
  }

  receive(chunk: Buffer): void {
    if (this.ended) return;
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    try {
      while (!this.ended && this.#takeHeader() && this.#takePayload());
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.fail(error.code);
    }
  }

  /** Whether the header of a frame is there. */
  #takeHeader(): boolean {
    if (this.#header !== undefined) return true;
    const length = this.#bytes.length < 2 ? 2 : headerLength(this.#bytes.readUInt8(1));
    if (this.#bytes.length < length) return false;
    const header = this.decode(this.#bytes);
    this.check(header);
    if (!isControl(header.opcode)) this.start(header);
    this.#header = header;
    this.#bytes = this.#bytes.subarray(length);
    return true;
  }

  /** Whether its payload was there, too. */
  #takePayload(): boolean {
    const header = this.#header;
    if (header === undefined || this.#bytes.length < header.length) return false;
    const payload = this.#bytes.subarray(0, header.length);
    this.#bytes = this.#bytes.subarray(header.length);
    this.#header = undefined;
    if (header.key !== undefined) unmask(payload, header.key, 0);
    if (isControl(header.opcode)) this.control(header.opcode, payload);
    else this.data(header, payload);
    return true;
  }

  /** Reads a header. */
  protected decode(bytes: Buffer): FrameHeader {
    return decodeHeader(bytes);
  }

  /** Looks at a header alone. */
  protected check(header: FrameHeader): void {
    checkHeader(header);
  }

  /** Begins a data frame, if it belongs here. */
  protected start(header: FrameHeader): void {
    const isContinuation = header.opcode === Opcode.Continuation;
    if (isContinuation === (this.opcode === undefined)) this.refuse();
    if (!isContinuation) this.opcode = header.opcode;
    this.announced += header.length;
    if (this.announced > LIMIT) this.refuse(CloseCode.MessageTooBig);
  }

  protected data(header: FrameHeader, payload: Buffer): void {
    this.parts.push(payload);
    if (header.fin) this.finish();
  }

  /** Echoes the message, and forgets it. */
  protected finish(): void {
    this.write(this.opcode ?? Opcode.Text, Buffer.concat(this.parts));
    this.opcode = undefined;
    this.announced = 0;
    this.parts = [];
  }

  protected control(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.Ping) this.write(Opcode.Pong, payload);
    if (opcode === Opcode.Close) this.end(payload.subarray(0, 2));
  }

  protected refuse(code: number = CloseCode.ProtocolError): never {
    throw new ProtocolError(code, "The client has broken a rule");
  }

  protected fail(code: number): void {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.end(payload);
  }

  protected end(closePayload: Buffer): void {
    this.write(Opcode.Close, closePayload);
    this.socket.end();
    this.ended = true;
  }

  protected write(opcode: number, payload: Buffer): void {
    this.socket.write(encodeFrame(opcode, payload));
  }
}
