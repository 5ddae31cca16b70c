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
