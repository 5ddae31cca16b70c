import { once } from "node:events";
import net from "node:net";
import { firstDifference, hex } from "./bytes.ts";
import { CheckError, section, type Conversation } from "./check-error.ts";
import { describeBytes } from "./describe-bytes.ts";
import { HttpResponse, parseResponse } from "./http-response.ts";
import { wrongByteOfFrame, wrongByteOfHead, wrongByteOfText, type WrongByte } from "./wrong-byte.ts";

/** How long a check waits for something that should come at once, in milliseconds, by default. */
export const patience = Number(process.env.CHECK_TIMEOUT ?? 5_000);

/** A sentence on a response whose head never ends; `undefined` if these bytes are no such thing. */
export function unfinishedHead(bytes: Buffer): string | undefined {
  if (!bytes.toString("latin1").startsWith("HTTP/") || bytes.includes("\r\n\r\n")) return undefined;
  return `The head of a response ends with an empty line, 0d 0a 0d 0a. The last bytes here are ${hex(bytes.subarray(-4))}.`;
}

/** A TCP client that sends and expects raw bytes, and remembers them for its error messages. */
export class RawClient {
  readonly socket: net.Socket;
  /** How long it waits for what should come at once, in milliseconds. */
  readonly patience: number;
  /** What the server ended with: nothing yet, its FIN, or an error such as a reset. */
  ending: "open" | "end" | Error = "open";
  #peer: "server" | "client";
  #sent: Buffer[] = [];
  #received = Buffer.alloc(0);
  #taken = 0;
  #changed = new Set<() => void>();

  private constructor(socket: net.Socket, milliseconds: number, peer: "server" | "client" = "server") {
    this.socket = socket;
    this.#peer = peer;
    this.patience = milliseconds;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on("end", () => {
      if (this.ending === "open") this.ending = "end";
      this.#wake();
    });
    socket.on("error", (error) => {
      this.ending = error;
      this.#wake();
    });
    socket.on("close", () => {
      if (this.ending === "open") this.ending = "end";
      this.#wake();
    });
  }

  /** Connects to `localhost`, be it 127.0.0.1 or ::1. */
  static async connect(port: number, milliseconds = patience): Promise<RawClient> {
    const socket = net.connect({ port, host: "localhost", allowHalfOpen: true });
    const client = new RawClient(socket, milliseconds);
    try {
      await once(socket, "connect", { signal: AbortSignal.timeout(milliseconds) });
    } catch (error) {
      socket.destroy();
      const { name, code, message } = error as NodeJS.ErrnoException;
      // `localhost` can be two addresses, and then the message is empty.
      if (code === "ECONNREFUSED") throw new CheckError(`Could not connect to port ${port}: nobody listens there.`);
      if (name !== "AbortError") throw new CheckError(`Could not connect to port ${port}: ${message}`);
      throw new CheckError(`The server did not accept a connection on port ${port} within ${milliseconds} ms.`);
    }
    return client;
  }

  /** The end of a connection that a server of ours has accepted; then the peer is a client. */
  static accepted(socket: net.Socket, milliseconds = patience): RawClient {
    return new RawClient(socket, milliseconds, "client");
  }

  /** Sends text (as latin1, one byte a character) or bytes. */
  send(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : Buffer.from(data);
    this.#sent.push(bytes);
    this.socket.write(bytes);
  }

  /** Our FIN: we have said everything, and go on reading. */
  end(): void {
    this.socket.end();
  }

  /** Ends the connection with a TCP reset, as a crashed client does, and waits until it is gone. */
  async reset(): Promise<void> {
    if (this.socket.closed) return;
    this.socket.resetAndDestroy();
    await new Promise((resolve) => this.socket.once("close", resolve));
  }

  /** Hangs up politely, so that a server without an error listener survives the end of a check. */
  async release(): Promise<void> {
    this.socket.end();
    await this.#wait(() => this.socket.closed, 100);
    this.socket.destroy();
  }

  /** The bytes that have come and that nothing has read yet. */
  get unread(): Buffer {
    return this.#received.subarray(this.#taken);
  }

  /** The next `length` bytes. */
  async readBytes(length: number, what = `${length} bytes`): Promise<Buffer> {
    await this.#until(() => this.unread.length >= length, what);
    return this.#take(length);
  }

  /** Reads exactly these bytes; the failure names the first wrong one. */
  async expectBytes(expected: Uint8Array, what: string): Promise<void> {
    const matches = () => firstDifference(this.unread.subarray(0, expected.length), expected) === undefined;
    // A wrong byte is wrong at once; only a missing one is worth waiting for.
    const decided = () =>
      this.unread.length >= expected.length ||
      firstDifference(this.unread, expected.subarray(0, this.unread.length)) !== undefined;
    await this.#until(decided, `${what}: ${hex(expected)}`);
    if (!matches()) {
      const actual = this.unread.subarray(0, expected.length);
      const wrongByte = wrongByteOfText("what came", actual.toString("latin1"), Buffer.from(expected).toString("latin1"));
      throw this.failure(`${what}: ${firstDifference(actual, expected)}.`, wrongByte);
    }
    this.#take(expected.length);
  }

  /** The head of an HTTP response, `what` completes "Expected ..." if none comes. */
  async readResponse(what = "an HTTP response"): Promise<HttpResponse> {
    await this.#until(() => parseResponse(this.unread) !== "incomplete", what);
    const parsed = parseResponse(this.unread);
    if (parsed === "incomplete" || typeof parsed === "string") {
      throw this.failure(`Not an HTTP response: ${parsed}`, wrongByteOfHead(this.unread));
    }
    const { response, length } = parsed;
    this.#take(length);
    return response;
  }

  /** The body of a response: as long as its headers say, or up to the end of the connection. */
  async readBody(response: HttpResponse): Promise<string> {
    const contentLength = response.header("content-length");
    if (response.header("transfer-encoding")?.toLowerCase() === "chunked") {
      return this.#readChunks();
    }
    if (contentLength === undefined) {
      await this.expectEnd();
      return this.#take(this.unread.length).toString();
    }
    if (!/^\d+$/.test(contentLength)) throw this.failure(`Content-Length is not a number: ${contentLength}`);
    const what = `a body of ${contentLength} bytes, as Content-Length says`;
    return (await this.readBytes(Number(contentLength), what)).toString();
  }

  /** A chunked body. RFC 9112, section 7.1. */
  async #readChunks(): Promise<string> {
    let body = "";
    for (;;) {
      const size = /^([0-9a-f]+)[^\r]*$/i.exec(await this.#readLine());
      if (size === null) throw this.failure("The body is chunked, but a chunk does not begin with its length in hex.");
      const length = parseInt(size[1] ?? "", 16);
      if (length === 0) break;
      body += (await this.readBytes(length, `a chunk of ${length} bytes`)).toString();
      await this.#readLine();
    }
    // Trailers, up to an empty line.
    while ((await this.#readLine()) !== "");
    return body;
  }

  async #readLine(): Promise<string> {
    const end = () => this.unread.indexOf("\r\n");
    await this.#until(() => end() !== -1, "a line of a chunked body");
    return this.#take(end() + 2).toString("latin1").slice(0, -2);
  }

  /** Waits until the server ends the connection, by FIN or by reset; `within` so many milliseconds. */
  async expectEnd({ within = this.patience } = {}): Promise<void> {
    if (await this.#wait(() => this.ending !== "open", within)) return;
    const rest = this.unread.length === 0 ? "" : ` (${this.unread.length} bytes came instead: ${hex(this.unread, 16)})`;
    throw this.failure(`Expected the ${this.#peer} to end the connection, but it had not after ${within} ms${rest}.`);
  }

  /** Goes on sending until the server's side is gone altogether, and TCP says so. */
  async expectDeath(milliseconds = 15_000): Promise<void> {
    const gone = () => this.socket.destroyed || this.ending instanceof Error;
    const timer = setInterval(() => this.socket.write("?"), 50);
    try {
      if (!(await this.#wait(gone, milliseconds))) {
        throw this.failure(`Expected the ${this.#peer} to let go of the connection, but it still held it after ${milliseconds} ms.`);
      }
    } finally {
      clearInterval(timer);
    }
  }

  /**
   * Fails if anything comes, or if the connection ends, within `milliseconds`. Silence is the one
   * thing that has no event to wait for: a slow machine can hide a fault here, never invent one.
   */
  async expectSilence(milliseconds = 200): Promise<void> {
    const disturbed = () => this.unread.length > 0 || this.ending !== "open";
    if (!disturbed()) await this.#wait(disturbed, milliseconds);
    if (this.unread.length > 0) {
      throw this.failure("Nothing should come here, but bytes came.", wrongByteOfFrame(this.unread, new Uint8Array()));
    }
    if (this.ending !== "open") throw this.failure(`Nothing should happen here, but the ${this.#peer} ${this.#endingText()}.`);
  }

  /** What went over the wire so far. */
  get conversation(): Conversation {
    const ending = this.ending === "open" ? undefined : `the ${this.#peer} ${this.#endingText()}`;
    return { sent: Buffer.concat(this.#sent), received: this.#received, ending };
  }

  /** An error that shows what went over the wire. */
  failure(message: string, wrongByte?: WrongByte): CheckError {
    const { conversation } = this;
    const { sent, received, ending } = conversation;
    const end = ending === undefined ? "" : `\n(then ${ending})`;
    return new CheckError(
      [message, section("We sent:", describeBytes(sent)), section("Came back:", describeBytes(received) + end)].join("\n"),
      { conversations: [conversation], wrongByte },
    );
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    if (await this.#wait(() => condition() || this.ending !== "open", this.patience)) {
      if (condition()) return;
      throw this.failure(`Expected ${what}, but the ${this.#peer} ${this.#endingText()}.`);
    }
    const missing = this.unread.length === 0 ? "nothing" : `only an incomplete part (${this.unread.length} bytes)`;
    const head = unfinishedHead(this.#received);
    const first = `Expected ${what}, but ${missing} came within ${this.patience} ms.`;
    throw this.failure(head === undefined ? first : `${first}\n${head}`);
  }

  /** Whether the condition came true in time. */
  #wait(condition: () => boolean, milliseconds: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (result: boolean) => {
        clearTimeout(timer);
        this.#changed.delete(look);
        resolve(result);
      };
      const look = () => {
        if (condition()) settle(true);
      };
      const timer = setTimeout(() => settle(false), milliseconds);
      this.#changed.add(look);
    });
  }

  #wake(): void {
    for (const look of [...this.#changed]) look();
  }

  #take(length: number): Buffer {
    const bytes = this.unread.subarray(0, length);
    this.#taken += length;
    return bytes;
  }

  #endingText(): string {
    if (this.ending instanceof Error) {
      const { code } = this.ending as NodeJS.ErrnoException;
      return code === "ECONNRESET" ? "reset the connection" : `broke the connection (${this.ending.message})`;
    }
    return "ended the connection";
  }
}
