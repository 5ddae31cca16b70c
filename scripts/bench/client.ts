import { connect, type Socket } from "node:net";

/** Where a server is, and how to get in. */
export interface Target {
  port: number;
  /** Whether it wants an opening handshake. */
  upgrade: boolean;
  /** Whether to offer permessage-deflate. */
  deflate: boolean;
  /** Bytes that one read may bring. */
  bufferSize: number;
}

/** The server cannot do what the workload needs, which is no fault. */
export class Unsupported extends Error {
  override name = "Unsupported";
}

interface Opened {
  resolve: (client: Client) => void;
  reject: (error: Error) => void;
}

/** Takes `length` bytes from the beginning of `bytes`, which the next read overwrites. */
export type OnBytes = (bytes: Buffer, length: number) => void;

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
// Without context takeover each message stands for itself: the peers do the same work, and the same
// message gives the same bytes.
const OFFER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
const HOST = "127.0.0.1";
const MOST_HEADERS = 16 * 1024;

/**
 * A connection of the load generator: a bare socket that reads into memory of its own, so that it
 * costs less than any server.
 */
export class Client {
  /** Called with all that comes behind the handshake. */
  onBytes: OnBytes = () => {};
  /** Called once, when the connection has ended. */
  onEnd: (error?: Error) => void = () => {};
  /** Called when `onBytes` throws. */
  onProblem: (error: Error) => void = () => {};
  readonly #socket: Socket;
  #response: Buffer | undefined;
  #opened: Opened | undefined;
  #deflate: boolean;
  #hasEnded = false;

  /** Connects and upgrades. Rejects if the server does not upgrade, or not properly. */
  static open(target: Target, onBytes: OnBytes = () => {}): Promise<Client> {
    return new Promise((resolve, reject) => new Client(target, onBytes, { resolve, reject }));
  }

  private constructor(target: Target, onBytes: OnBytes, opened: Opened) {
    this.onBytes = onBytes;
    this.#opened = opened;
    this.#deflate = target.deflate;
    const onread = {
      buffer: Buffer.allocUnsafeSlow(target.bufferSize),
      callback: (length: number, bytes: Uint8Array): boolean => {
        try {
          this.#read(bytes as Buffer, length);
        } catch (error) {
          this.onProblem(error as Error);
        }
        return true;
      },
    };
    this.#socket = connect({ port: target.port, host: HOST, noDelay: true, onread });
    this.#socket.on("error", (error) => this.#end(error));
    this.#socket.on("close", () => this.#end());
    this.#socket.once("connect", () => {
      if (!target.upgrade) return this.#open();
      this.#response = Buffer.alloc(0);
      this.#socket.write(request(target));
    });
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Ends our direction. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.onEnd = () => {};
    this.#socket.destroy();
  }

  #read(bytes: Buffer, length: number): void {
    if (this.#response === undefined) return this.onBytes(bytes, length);

    this.#response = Buffer.concat([this.#response, bytes.subarray(0, length)]);
    const end = this.#response.indexOf("\r\n\r\n");
    if (end === -1 && this.#response.length < MOST_HEADERS) return;
    const problem = judgeResponse(this.#response.toString("latin1", 0, end), this.#deflate);
    if (problem) {
      this.#opened?.reject(problem);
      return this.destroy();
    }
    const rest = this.#response.subarray(end + 4);
    this.#response = undefined;
    this.#open();
    if (rest.length > 0) this.onBytes(rest, rest.length);
  }

  #open(): void {
    this.#opened?.resolve(this);
    this.#opened = undefined;
  }

  #end(error?: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#opened?.reject(error ?? new Error("it ended a connection before the handshake was done"));
    this.onEnd(error);
  }
}

function request({ port, deflate }: Target): string {
  return [
    "GET / HTTP/1.1",
    `Host: ${HOST}:${port}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${KEY}`,
    "Sec-WebSocket-Version: 13",
    ...(deflate ? [`Sec-WebSocket-Extensions: ${OFFER}`] : []),
    "\r\n",
  ].join("\r\n");
}

function judgeResponse(response: string, deflate: boolean): Error | undefined {
  const [status = "", ...headers] = response.split("\r\n");
  if (!/^HTTP\/1\.1 101\b/.test(status)) return new Error(`it answered the handshake with "${status.slice(0, 60)}"`);
  const value = (name: string): string | undefined =>
    headers.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1).trim();
  if (value("sec-websocket-accept") !== ACCEPT) return new Error("its Sec-WebSocket-Accept is wrong");
  const agreed = value("sec-websocket-extensions") ?? "";
  if (!deflate) return agreed === "" ? undefined : new Error(`it agreed to "${agreed}", which nobody had offered`);
  if (!agreed.startsWith("permessage-deflate")) return new Unsupported("it does not negotiate permessage-deflate");
  if (!agreed.includes("server_no_context_takeover")) return new Error("it agreed to permessage-deflate, but not to server_no_context_takeover");
  return undefined;
}
