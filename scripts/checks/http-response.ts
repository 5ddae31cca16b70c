/** The head of an HTTP response. */
export class HttpResponse {
  /** The HTTP version, such as `1.1`. */
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  readonly #headers: [name: string, value: string][];

  constructor(version: string, status: number, reason: string, headers: [string, string][]) {
    this.version = version;
    this.status = status;
    this.reason = reason;
    this.#headers = headers;
  }

  /** The value of a header, whatever the case of its name; several are joined by a comma. */
  header(name: string): string | undefined {
    const values = this.#headers.filter(([key]) => key.toLowerCase() === name.toLowerCase());
    return values.length === 0 ? undefined : values.map(([, value]) => value).join(", ");
  }
}

/**
 * Parses the head of a response. `"incomplete"` while it may still become one; any other string
 * says why it cannot.
 */
export function parseResponse(
  bytes: Uint8Array,
): { response: HttpResponse; length: number } | "incomplete" | string {
  const text = Buffer.from(bytes).toString("latin1");
  const bareLineFeed = /(?<!\r)\n/.exec(headOf(text));
  if (bareLineFeed) {
    return `a line ends in 0a alone at byte ${bareLineFeed.index}; every line of the head ends in 0d 0a.`;
  }
  if (!"HTTP/".startsWith(text.slice(0, 5))) {
    return `it begins with ${JSON.stringify(text.slice(0, 20))}, and a response begins with "HTTP/1.1".`;
  }
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return "incomplete";

  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const status = /^HTTP\/(1\.[01]) (\d{3})(?: (.*))?$/.exec(statusLine);
  if (!status) return `its first line is ${JSON.stringify(statusLine)}, not like "HTTP/1.1 101 Switching Protocols".`;

  const headers: [string, string][] = [];
  for (const line of lines) {
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (!field) return `the line ${JSON.stringify(line)} is not a header, which is a name, a colon and a value.`;
    headers.push([field[1] ?? "", field[2] ?? ""]);
  }
  return { response: new HttpResponse(status[1] ?? "", Number(status[2]), status[3] ?? "", headers), length: end + 4 };
}

function headOf(text: string): string {
  const end = text.indexOf("\r\n\r\n");
  return end === -1 ? text : text.slice(0, end);
}
