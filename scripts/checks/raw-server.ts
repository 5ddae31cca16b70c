import net, { type AddressInfo } from "node:net";
import { once } from "node:events";
import { createHash } from "node:crypto";
import { CheckError } from "./check-error.ts";
import { hex } from "./bytes.ts";
import { patience, RawClient } from "./raw-client.ts";
import type { ReceivedFrame } from "./frames.ts";

/** A request that a client has sent: its first line, and the values of its headers by lower-case name. */
export type ClientRequest = { line: string; headers: Map<string, string[]> };

/** What to change in a correct 101: a value, several (an array), or none (`null`); and the first line. */
export type ResponseOptions = { status?: string; headers?: Record<string, string | string[] | null> };

/** A TCP server that answers a client under test with the bytes that a check wants. */
export class RawServer {
  /** Where it listens, or has listened. */
  readonly port: number;
  readonly #server: net.Server;
  readonly #patience: number;
  #waiting: RawClient[] = [];
  #all: RawClient[] = [];

  private constructor(server: net.Server, milliseconds: number) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#patience = milliseconds;
    server.on("connection", (socket) => {
      const connection = RawClient.accepted(socket, milliseconds);
      this.#waiting.push(connection);
      this.#all.push(connection);
      server.emit("waiting");
    });
  }

  /** Listens on a free port of 127.0.0.1. */
  static async listen(milliseconds = patience): Promise<RawServer> {
    const server = net.createServer({ allowHalfOpen: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new RawServer(server, milliseconds);
  }

  /** The next client that connects. */
  async accept(): Promise<RawClient> {
    if (this.#waiting.length === 0) {
      await once(this.#server, "waiting", { signal: AbortSignal.timeout(this.#patience) }).catch(() => {
        throw new CheckError(`Expected a client to connect to port ${this.port}, but none did within ${this.#patience} ms.`);
      });
    }
    return this.#waiting.shift() as RawClient;
  }

  /** Fails if a client connects within `milliseconds`. As with any silence, a slow machine can hide a fault. */
  async expectNobody(milliseconds = 200): Promise<void> {
    const someone = once(this.#server, "waiting", { signal: AbortSignal.timeout(milliseconds) });
    await someone.catch(() => undefined);
    if (this.#waiting.length > 0) throw new CheckError(`Nobody should connect to port ${this.port}, but a client did.`);
  }

  /** Ends everything. */
  async close(): Promise<void> {
    this.#server.close();
    await Promise.all(this.#all.map((connection) => connection.release()));
  }
}

/** Reads the head of the request with which a client opens a WebSocket. */
export async function readRequest(connection: RawClient): Promise<ClientRequest> {
  let head = "";
  while (!head.endsWith("\r\n\r\n")) head += (await connection.readBytes(1, "the rest of a request")).toString("latin1");
  const [line = "", ...lines] = head.trimEnd().split("\r\n");
  const headers = new Map<string, string[]>();
  for (const field of lines) {
    const [name = "", ...value] = field.split(":");
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value.join(":").trim()]);
  }
  return { line, headers };
}

/** The accept value that answers a request. */
export function acceptValue(request: ClientRequest): string {
  const [key = ""] = request.headers.get("sec-websocket-key") ?? [];
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** The head of a 101 that answers the request, with changes. */
export function switchingResponse(request: ClientRequest, { status, headers }: ResponseOptions = {}): string {
  const all: Record<string, string | string[] | null> = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": acceptValue(request),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((item) => `${name}: ${item}\r\n`),
  );
  return `HTTP/1.1 ${status ?? "101 Switching Protocols"}\r\n${lines.join("")}\r\n`;
}

/** A frame that a client has sent, unmasked, and the key that it was masked with. */
export type ClientFrame = Omit<ReceivedFrame, "bytes"> & { key: string };

/** Reads one frame from a client and demands what every client's frame must be. */
export async function readClientFrame(connection: RawClient, what = "a frame"): Promise<ClientFrame> {
  const [first = 0, second = 0] = await connection.readBytes(2, what);
  if ((second & 0x80) === 0) {
    throw connection.failure(`The header ${hex(Uint8Array.of(first, second))}: the MASK bit is 0, but a client must mask (RFC 6455, section 5.1).`);
  }
  let length = second & 0x7f;
  if (length === 126) length = (await connection.readBytes(2, "a 16-bit length")).readUInt16BE();
  else if (length === 127) length = Number((await connection.readBytes(8, "a 64-bit length")).readBigUInt64BE());
  const key = Buffer.from(await connection.readBytes(4, "a masking key"));
  const masked = await connection.readBytes(length, `a payload of ${length} bytes, as the header says`);
  const payload = Buffer.from(masked.map((byte, i) => byte ^ (key[i % 4] ?? 0)));
  return { fin: (first & 0x80) !== 0, rsv: (first >> 4) & 7, opcode: first & 0x0f, payload, key: key.toString("hex") };
}
