import { WebSocketServer } from "../websocket-server.ts";
import type { WebSocket } from "../websocket.ts";

const port = Number(process.env.PORT ?? 8000);
const allowedOrigins = ["http://localhost:3000", "http://127.0.0.1:3000"];
const server = new WebSocketServer({ port, allowedOrigins });

/** Sends the newest of what it is given, and leaves out what a slow reader has missed. */
export class Ticker {
  #socket: WebSocket;
  /** The newest that waits, of each name. A new one takes the place of the old one. */
  #newest = new Map<string, string>();

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("drain", () => this.#sendOn());
  }

  push(name: string, value: string): void {
    this.#newest.set(name, value);
    this.#sendOn();
  }

  #sendOn(): void {
    for (const [name, value] of this.#newest) {
      if (this.#socket.needsDrain) return;
      this.#newest.delete(name);
      this.#socket.send(`${name} ${value}`);
    }
  }
}

server.on("listening", () => console.log(`Listening on port ${port}`));
server.on("connection", (socket) => {
  const ticker = new Ticker(socket);
  socket.on("error", () => {});
  // `price 7`: everything up to the seventh price of two shares, all at once.
  socket.on("message", (data) => {
    const [, count] = /^price (\d{1,6})$/.exec(data.toString()) ?? [];
    for (let i = 1; i <= Number(count); i++) {
      ticker.push("ACME", `${i}`.padStart(1_000, "0"));
      ticker.push("INIT", `${i}`.padStart(1_000, "0"));
    }
  });
});
