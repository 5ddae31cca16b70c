/** The key of the example in RFC 6455, section 1.3. */
export const SAMPLE_KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** The accept value that answers {@link SAMPLE_KEY}. */
export const SAMPLE_ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** What to change in a correct handshake. */
export type RequestOptions = {
  method?: string;
  path?: string;
  /** As in the request line: `HTTP/1.1`. */
  version?: string;
  /** Replaces a header, adds one, repeats it (an array), or leaves it out (`null`). */
  headers?: Record<string, string | string[] | null>;
  /** Follows the empty line. */
  body?: string;
};

/** The head of a handshake as text. Without options it is a correct one, with the RFC's sample key. */
export function upgradeRequest(options: RequestOptions = {}): string {
  const { method = "GET", path = "/", version = "HTTP/1.1", body = "" } = options;
  const headers: Record<string, string | string[] | null> = {
    Host: "localhost",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": SAMPLE_KEY,
    "Sec-WebSocket-Version": "13",
    ...options.headers,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((item) => `${name}: ${item}\r\n`),
  );
  return `${method} ${path} ${version}\r\n${lines.join("")}\r\n${body}`;
}
