import { OPCODES, toHex, unmask, type Frame } from "./decode-frame.ts";
import { isImpossible, type FrameHeader } from "./frame-header.ts";

/** A rule that a frame breaks. */
export interface FrameProblem {
  /** The close code that a strict receiver sends. */
  code: number;
  /** The rule, in one sentence. */
  sentence: string;
  /** The section of RFC 6455. */
  section: string;
  /** The slug of the step that teaches it. */
  step: string;
}

export interface JudgeOptions {
  /** Who sends the frames. */
  from: "client" | "server";
  /** The extensions that were agreed on; only `permessage-deflate` is known. */
  extensions?: string[];
  /** The most bytes that a message may have; without it, any number. */
  maxPayload?: number;
}

const PROTOCOL_ERROR = 1002;
const INVALID_PAYLOAD = 1007;
const MESSAGE_TOO_BIG = 1009;

const CONTINUATION = 0;
const TEXT = 1;
const CLOSE = 8;

/**
 * What a strict receiver says of the frames of one direction, in their order. It is written from
 * RFC 6455 and shares nothing with the code of the steps. After a problem it goes on, as if the frame
 * had been a good one: whoever reads along wants to know about the next frame, too.
 *
 * Either whole frames go in, by {@link judge}, or the parts of frames as they come: {@link begin}
 * with the header, {@link payload} with each part of the payload, {@link end}.
 */
export class Judge {
  #from: "client" | "server";
  #deflate: boolean;
  #maxPayload: number;
  /** A data message has begun, and its last frame has not come. */
  #inMessage = false;
  /** How many bytes the message has so far, by the headers. */
  #messageLength = 0n;
  /** Checks the text of the message; `undefined` if it is no text, or known to be wrong, or unknown. */
  #text: InstanceType<typeof TextDecoder> | undefined;
  #closed = false;
  /** The frame that has begun and has not ended. */
  #frame: FrameHeader | undefined;
  #mask: Uint8Array | undefined;
  #payloadSeen = 0;
  /** The payload of a Close frame. */
  #closing: number[] = [];

  constructor({ from, extensions = [], maxPayload = Infinity }: JudgeOptions) {
    this.#from = from;
    this.#deflate = extensions.includes("permessage-deflate");
    this.#maxPayload = maxPayload;
  }

  /**
   * Judges a frame. If `payloadIsWhole` is false, its payload is only the beginning: then text is
   * not checked until the next message, and of a Close frame only the header.
   */
  judge(frame: Frame, payloadIsWhole: boolean): FrameProblem | undefined {
    const problem = this.begin(frame.header);
    if (frame.headerLength === undefined || frame.payloadLength === undefined) return problem;
    const inPayload = this.payload(frame.bytes.subarray(frame.headerLength));
    if (payloadIsWhole) {
      const atEnd = this.end();
      return problem ?? inPayload ?? atEnd;
    }
    if (this.#frame && !isControl(this.#frame.opcode)) {
      this.#text = undefined;
      this.#inMessage = !this.#frame.fin;
    }
    this.#closed ||= this.#frame?.opcode === CLOSE;
    this.#frame = undefined;
    return problem ?? inPayload;
  }

  /** Judges a header. One that is cut off is judged as far as it is there. */
  begin(header: FrameHeader | undefined): FrameProblem | undefined {
    if (!header) return undefined;
    const problem = this.#judgeHeader(header);
    if (header.payloadLength === undefined) return problem;

    this.#frame = header;
    this.#payloadSeen = 0;
    this.#closing = [];
    this.#mask = header.mask;
    if (!isControl(header.opcode)) this.#beginData(header);
    return problem ?? this.#judgeSize(header);
  }

  /** Judges the next part of the payload of the frame that has begun: the bytes as they were sent. */
  payload(part: Uint8Array): FrameProblem | undefined {
    const frame = this.#frame;
    if (!frame) return undefined;
    const phase = this.#payloadSeen;
    this.#payloadSeen += part.length;
    if (frame.opcode === CLOSE) {
      if (this.#closing.length < 126) this.#closing.push(...unmask(part.subarray(0, 126), this.#mask, phase));
      return undefined;
    }
    if (isControl(frame.opcode) || !this.#text) return undefined;
    return this.#judgeText(unmask(part, this.#mask, phase), false);
  }

  /** Judges the end of the frame that has begun. */
  end(): FrameProblem | undefined {
    const frame = this.#frame;
    if (!frame) return undefined;
    this.#frame = undefined;
    if (frame.opcode === CLOSE) {
      const again = this.#closed;
      this.#closed = true;
      return again ? undefined : judgeClose(Uint8Array.from(this.#closing));
    }
    if (isControl(frame.opcode) || !frame.fin) return undefined;
    this.#inMessage = false;
    return this.#text && this.#judgeText(new Uint8Array(), true);
  }

  #judgeHeader(header: FrameHeader): FrameProblem | undefined {
    if (this.#closed) {
      return rule("Nothing may follow a Close frame, and nobody reads it.", "5.5.1", "closing-handshake");
    }
    return (
      judgeReserved(header, this.#deflate) ??
      judgeMask(header, this.#from) ??
      judgeControl(header) ??
      judgeLength(header) ??
      this.#judgeOrder(header)
    );
  }

  #judgeOrder({ opcode }: FrameHeader): FrameProblem | undefined {
    if (isControl(opcode)) return undefined;
    if (opcode === CONTINUATION && !this.#inMessage) {
      return rule("This continues a message, but none has begun.", "5.4", "protocol-errors");
    }
    if (opcode !== CONTINUATION && this.#inMessage) {
      return rule("A new message begins inside one that is not complete.", "5.4", "protocol-errors");
    }
    return undefined;
  }

  #beginData({ opcode, payloadLength = 0n, rsv }: FrameHeader): void {
    if (opcode !== CONTINUATION) {
      this.#messageLength = 0n;
      // What is compressed is not the text itself.
      const isPlainText = opcode === TEXT && rsv === 0;
      this.#text = isPlainText ? new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }) : undefined;
    } else if (!this.#inMessage) {
      this.#text = undefined;
      this.#messageLength = 0n;
    }
    this.#messageLength += payloadLength;
    this.#inMessage = true;
  }

  #judgeSize({ opcode }: FrameHeader): FrameProblem | undefined {
    if (isControl(opcode) || this.#maxPayload === Infinity) return undefined;
    if (this.#messageLength <= BigInt(this.#maxPayload)) return undefined;
    const most = this.#maxPayload.toLocaleString("en");
    const sentence = `The message has ${this.#messageLength.toLocaleString("en")} bytes by now, and at most ${most} are taken.`;
    return { code: MESSAGE_TOO_BIG, sentence, section: "7.4.1", step: "protocol-errors" };
  }

  #judgeText(part: Uint8Array, isEnd: boolean): FrameProblem | undefined {
    try {
      this.#text?.decode(part, { stream: !isEnd });
      return undefined;
    } catch {
      this.#text = undefined;
      const sentence = isEnd
        ? "The text ends in the middle of a character."
        : "A text message must be UTF-8, and this is not.";
      return { code: INVALID_PAYLOAD, sentence, section: "8.1", step: "utf8" };
    }
  }
}

/**
 * Whether a receiver cannot go on finding frames behind this one: the length is impossible, or these
 * are no frames at all. Every printable ASCII character reads as FIN 0 with a reserved bit or opcode, so
 * that is taken for bare text. Only with permessage-deflate, six of them (`@ABHIJ`) may begin a frame.
 * Other frames that break rules can still be told from the next.
 */
export function isUnreadable(header: FrameHeader | undefined, extensions: string[] = []): boolean {
  if (!header) return false;
  if (isImpossible(header.payloadLength)) return true;
  const deflate = extensions.includes("permessage-deflate");
  const strange = OPCODES[header.opcode] === undefined || (header.rsv & (deflate ? 0b011 : 0b111)) !== 0;
  return !header.fin && strange;
}

/** Whether a Close frame may carry this code. RFC 6455, sections 7.4.1, 7.4.2 and 11.7. */
export function isValidCloseCode(code: number): boolean {
  if (code >= 3000 && code <= 4999) return true;
  return (code >= 1000 && code <= 1014) && ![1004, 1005, 1006].includes(code);
}

function judgeReserved({ rsv, opcode }: FrameHeader, deflate: boolean): FrameProblem | undefined {
  if (OPCODES[opcode] === undefined) {
    return rule(`Opcode ${opcode} is reserved: nobody has given it a meaning yet.`, "5.2", "protocol-errors");
  }
  const names = [1, 2, 3].filter((number) => rsv & (8 >> number)).map((number) => `RSV${number}`);
  if (rsv === 0) return undefined;
  if (!deflate || rsv !== 4) {
    const taken = deflate && rsv & 4 ? names.slice(1) : names;
    const [what, verb, it] = taken.length > 1 ? [taken.join(" and "), "are", "them"] : [taken[0], "is", "it"];
    return rule(`${what} ${verb} set, and no extension was agreed on that would use ${it}.`, "5.2", "protocol-errors");
  }
  if (opcode === TEXT || opcode === 2) return undefined;
  return rule("RSV1 may mark only the first frame of a compressed message.", "5.2", "protocol-errors");
}

function judgeMask({ masked }: FrameHeader, from: "client" | "server"): FrameProblem | undefined {
  if (masked === undefined || masked === (from === "client")) return undefined;
  const sentence =
    from === "client"
      ? "A client must mask every frame, and this one has no mask."
      : "A server must not mask its frames, and this one has a mask.";
  return rule(sentence, "5.1", "protocol-errors");
}

function judgeControl({ fin, opcode, shortLength }: FrameHeader): FrameProblem | undefined {
  if (!isControl(opcode)) return undefined;
  if (!fin) return rule("A control frame must not be fragmented: FIN is 0.", "5.5", "protocol-errors");
  if (shortLength === undefined || shortLength <= 125) return undefined;
  return rule("A control frame has at most 125 bytes of payload.", "5.5", "protocol-errors");
}

function judgeLength({ shortLength, payloadLength: length }: FrameHeader): FrameProblem | undefined {
  if (shortLength === undefined || length === undefined) return undefined;
  if (isImpossible(length)) {
    return rule("The top bit of a 64-bit length must be 0.", "5.2", "protocol-errors");
  }
  const least = shortLength === 127 ? 65536n : shortLength === 126 ? 126n : 0n;
  if (length >= least) return undefined;
  const [form, better] = shortLength === 127 ? [64, length < 126n ? 7 : 16] : [16, 7];
  return rule(`The length ${length} is written in ${form} bits, and ${better} would do.`, "5.2", "protocol-errors");
}

function judgeClose(payload: Uint8Array): FrameProblem | undefined {
  if (payload.length === 0) return undefined;
  const [high = 0, low] = payload;
  if (low === undefined) {
    return rule(`A close code has two bytes, and here is one: ${toHex(payload)}.`, "5.5.1", "closing-handshake");
  }
  const code = high * 256 + low;
  if (!isValidCloseCode(code)) {
    return rule(`${code} must not be sent as a close code.`, "7.4.1", "closing-handshake");
  }
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(payload.subarray(2));
    return undefined;
  } catch {
    const sentence = "The reason in a Close frame must be UTF-8, and this is not.";
    return { code: INVALID_PAYLOAD, sentence, section: "8.1", step: "closing-handshake" };
  }
}

function isControl(opcode: number): boolean {
  return opcode >= 8;
}

function rule(sentence: string, section: string, step: string): FrameProblem {
  return { code: PROTOCOL_ERROR, sentence, section, step };
}
