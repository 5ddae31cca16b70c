import type { Duplex } from "node:stream";
import { CloseCode, isControl, Opcode } from "../../constants.ts";
import { FrameParser, type FrameSink } from "../../frame-parser.ts";
import { checkHeader, encodeFrame, type FrameHeader } from "../../frame.ts";
import { ProtocolError } from "../../protocol-error.ts";
import { Utf8Checker } from "../../utf8.ts";

// Nothing is wrong in here: it is the connection of this step, simpler, in methods that a mistake can
// replace one at a time.

/** Echoes messages, and fails the connection when a text is not UTF-8. */
export class EchoConnection implements FrameSink {
  protected opcode: number = Opcode.Text;
  protected checker = new Utf8Checker();
  #socket: Duplex;
  #parser = new FrameParser();
  #message: Buffer[] = [];
  #control: Buffer[] = [];

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.receive(chunk));
    socket.on("end", () => socket.end());
  }

  receive(chunk: Buffer): void {
    try {
      this.#parser.push(chunk, this);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const payload = Buffer.alloc(2);
      payload.writeUInt16BE(error.code);
      this.#end(payload);
    }
  }

  onHeader(header: FrameHeader): void {
    checkHeader(header);
    if (isControl(header.opcode)) this.#control = [];
    else if (header.opcode !== Opcode.Continuation) {
      this.opcode = header.opcode;
      this.#message = [];
      this.begin();
    }
  }

  onPayload(header: FrameHeader, part: Buffer): void {
    if (isControl(header.opcode)) {
      this.#control.push(part);
      return;
    }
    this.look(part, header);
    this.#message.push(Buffer.from(part));
  }

  onFrameEnd(header: FrameHeader): void {
    if (isControl(header.opcode)) this.#onControl(header.opcode, Buffer.concat(this.#control));
    else {
      this.endFrame(header, Buffer.concat(this.#message));
      if (header.fin) this.#write(this.opcode, this.finish(Buffer.concat(this.#message)));
    }
  }

  /** A message begins. */
  protected begin(): void {
    this.checker = new Utf8Checker();
  }

  /** Looks at a part of its payload. */
  protected look(part: Buffer, _header: FrameHeader): void {
    if (this.opcode === Opcode.Text) this.checker.push(part);
  }

  /** A frame of the message is complete, and `soFar` is what has come of the message. */
  protected endFrame(_header: FrameHeader, _soFar: Buffer): void {}

  /** The message is complete. Returns what to echo. */
  protected finish(message: Buffer): Buffer {
    if (this.opcode === Opcode.Text) this.checker.end();
    return message;
  }

  /** Looks at the reason in a Close frame. */
  protected lookAtReason(reason: Buffer): void {
    const checker = new Utf8Checker();
    checker.push(reason);
    checker.end();
  }

  protected refuse(): never {
    throw new ProtocolError(CloseCode.InvalidPayload, "A text is not UTF-8");
  }

  #onControl(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.Ping) this.#write(Opcode.Pong, payload);
    if (opcode !== Opcode.Close) return;
    this.lookAtReason(payload.subarray(2));
    this.#end(payload.subarray(0, 2));
  }

  #end(closePayload: Buffer): void {
    this.#write(Opcode.Close, closePayload);
    this.#socket.end();
    this.#parser.stop();
  }

  #write(opcode: number, payload: Buffer): void {
    this.#socket.write(encodeFrame(opcode, payload));
  }
}
