/** What a token may be made of. RFC 9110, section 5.6.2. */
const TOKEN_CHARACTERS = new Set(
  "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
);

/**
 * The tokens of a header such as `Sec-WebSocket-Protocol: chat, superchat`, or `undefined` if it is
 * anything but tokens with commas in between. One pass, and no step back: a stranger has written it.
 */
export function parseTokens(header: string): string[] | undefined {
  const tokens: string[] = [];
  let position = 0;
  for (;;) {
    const start = skipBlanks(header, position);
    const end = skipToken(header, start);
    if (end === start) return undefined;
    tokens.push(header.slice(start, end));

    position = skipBlanks(header, end);
    if (position === header.length) return tokens;
    if (header[position] !== ",") return undefined;
    position++;
  }
}

function skipBlanks(header: string, position: number): number {
  while (header[position] === " " || header[position] === "\t") position++;
  return position;
}

function skipToken(header: string, position: number): number {
  while (TOKEN_CHARACTERS.has(header[position] ?? "")) position++;
  return position;
}

/** An extension, and its parameters in their order: `true` stands for one without a value. */
export type Extension = { name: string; parameters: [name: string, value: string | true][] };

/**
 * The extensions of a header such as `Sec-WebSocket-Extensions: one; size=8, two; mode="a"`, or
 * `undefined` if it is malformed. RFC 6455, section 9.1. One pass, as `parseTokens`.
 */
export function parseExtensions(header: string): Extension[] | undefined {
  const scanner = new Scanner(header);
  const extensions: Extension[] = [];
  do {
    // An element of this list may be empty, by the grammar of RFC 2616, section 2.1.
    if (scanner.isAtEnd() || scanner.isAt(",")) continue;
    const extension = parseExtension(scanner);
    if (extension === undefined) return undefined;
    extensions.push(extension);
  } while (scanner.take(","));
  return scanner.isAtEnd() && extensions.length > 0 ? extensions : undefined;
}

function parseExtension(scanner: Scanner): Extension | undefined {
  const extension: Extension = { name: scanner.token(), parameters: [] };
  if (extension.name === "") return undefined;
  while (scanner.take(";")) {
    const name = scanner.token();
    const value = scanner.take("=") ? scanner.value() : true;
    if (name === "" || value === "") return undefined;
    extension.parameters.push([name, value]);
  }
  return extension;
}

/** Walks over a header. Blanks may stand between any two of its parts. */
class Scanner {
  #header: string;
  #position: number;

  constructor(header: string) {
    this.#header = header;
    this.#position = skipBlanks(header, 0);
  }

  isAtEnd(): boolean {
    return this.#position === this.#header.length;
  }

  isAt(character: string): boolean {
    return this.#header[this.#position] === character;
  }

  /** Goes beyond this character, if it comes next. */
  take(character: string): boolean {
    if (!this.isAt(character)) return false;
    this.#moveTo(this.#position + 1);
    return true;
  }

  /** The token that comes next, or an empty string. */
  token(): string {
    const start = this.#position;
    const end = skipToken(this.#header, start);
    this.#moveTo(end);
    return this.#header.slice(start, end);
  }

  /** The token that comes next, in quotes or without; or an empty string. */
  value(): string {
    if (!this.isAt('"')) return this.token();
    let value = "";
    for (let position = this.#position + 1; position < this.#header.length; position++) {
      if (this.#header[position] === '"') {
        this.#moveTo(position + 1);
        return value;
      }
      // A backslash only protects the character behind it.
      if (this.#header[position] === "\\") position++;
      const character = this.#header[position] ?? "";
      if (!TOKEN_CHARACTERS.has(character)) return "";
      value += character;
    }
    return "";
  }

  #moveTo(position: number): void {
    this.#position = skipBlanks(this.#header, position);
  }
}
