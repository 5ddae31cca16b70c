import { CloseCode } from "./constants.ts";
import { ProtocolError } from "./protocol-error.ts";

/** Checks that bytes are UTF-8, as they come: a code point may straddle two parts. */
export class Utf8Checker {
  // `ignoreBOM` means: do not take a byte order mark out. It is part of the text.
  #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  /** Throws a `ProtocolError` at the first byte that cannot be part of any text. RFC 6455, section 8.1. */
  push(part: Buffer): void {
    this.#check(() => this.#decoder.decode(part, { stream: true }));
  }

  /** Throws a `ProtocolError` if the text ends in the middle of a code point. */
  end(): void {
    this.#check(() => this.#decoder.decode());
  }

  #check(decode: () => string): void {
    try {
      decode();
    } catch {
      throw new ProtocolError(CloseCode.InvalidPayload, "A text is not UTF-8");
    }
  }
}
