import { isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";
import { CloseCode } from "./constants.ts";
import { ProtocolError } from "./protocol-error.ts";

/**
 * Checks that bytes are UTF-8, as they come: a code point may straddle two parts. After `end`, the next
 * text may come.
 */
export class Utf8Checker {
  /** From the first part on that does not end with a code point. */
  #decoder: TextDecoder | undefined;

  /** Throws a `ProtocolError` at the first byte that cannot be part of any text. RFC 6455, section 8.1. */
  push(part: Buffer, isAscii = false): void {
    // Nearly always: one native call, which makes no string, or not even that.
    if (this.#decoder === undefined && (isAscii || isUtf8(part))) return;
    // `ignoreBOM` means: do not take a byte order mark out. It is part of the text.
    this.#decoder ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    decode(this.#decoder, part);
  }

  /** Throws a `ProtocolError` if the text ends in the middle of a code point. */
  end(): void {
    if (this.#decoder === undefined) return;
    decode(this.#decoder);
    this.#decoder = undefined;
  }
}

/** Throws a `ProtocolError` if the bytes are not a whole text in UTF-8. */
export function checkUtf8(bytes: Buffer): void {
  if (!isUtf8(bytes)) throw notUtf8();
}

/** Decodes a part, or without one the end. */
function decode(decoder: TextDecoder, part?: Buffer): void {
  try {
    decoder.decode(part, { stream: part !== undefined });
  } catch {
    throw notUtf8();
  }
}

function notUtf8(): ProtocolError {
  return new ProtocolError(CloseCode.InvalidPayload, "A text is not UTF-8");
}
