/** The longest line that a chunked body may have: a size with its extensions, or a trailer. */
const MOST_LINE = 4096;

/**
 * Finds the end of an HTTP body that comes in chunks, each behind a line with its size in hex
 * (RFC 9112, section 7.1). Of a body that is none, it never finds one.
 */
export class ChunkedBody {
  isOver = false;
  #part: "size" | "data" | "data end" | "trailers" | "broken" = "size";
  #line = "";
  /** How many bytes of the chunk are still to come. */
  #left = 0;

  /** Takes the next bytes, and returns how many of them belong to the body. */
  take(bytes: Uint8Array): number {
    let taken = 0;
    while (taken < bytes.length && !this.isOver) {
      if (this.#part === "broken") return bytes.length;
      if (this.#part === "data") {
        const part = Math.min(bytes.length - taken, this.#left);
        taken += part;
        this.#left -= part;
        if (this.#left === 0) this.#part = "data end";
      } else {
        this.#line += String.fromCharCode(bytes[taken] ?? 0);
        taken += 1;
        if (this.#line.endsWith("\n")) this.#endLine();
        else if (this.#line.length > MOST_LINE) this.#part = "broken";
      }
    }
    return taken;
  }

  #endLine(): void {
    const line = this.#line.trimEnd();
    this.#line = "";
    if (this.#part === "trailers") {
      this.isOver = line === "";
    } else if (this.#part === "data end") {
      this.#part = line === "" ? "size" : "broken";
    } else {
      const [, size] = /^([0-9a-f]{1,12})\s*(?:;.*)?$/i.exec(line) ?? [];
      this.#left = parseInt(size ?? "", 16);
      this.#part = size === undefined ? "broken" : this.#left === 0 ? "trailers" : "data";
    }
  }
}
