import { connect, createServer, type Server, type Socket } from "node:net";
import { hasIPv6Loopback } from "../lib/ports.ts";
import type { Direction, Rechunk } from "./messages.ts";
import { Relay } from "./rechunk.ts";
import type { Recorder } from "./recorder.ts";

const MOST_CONNECTIONS = 1000;

export interface TapOptions {
  /** Where it listens, on loopback only. */
  port: number;
  /** Where the connections lead: a port on 127.0.0.1. */
  target: number;
  recorder: Recorder;
  rechunk: Record<Direction, Rechunk>;
  /** The most connections at a time; beyond, they are closed at once. 1000 unless a test says otherwise. */
  mostConnections?: number;
}

/**
 * Stands in front of a server: passes every connection on, both ways, as faithfully as one can
 * without being the network, and has everything written down.
 */
export class Tap {
  #options: TapOptions;
  #servers: Server[] = [];
  #pairs = new Set<Pair>();
  #rechunk: Record<Direction, Rechunk>;

  private constructor(options: TapOptions) {
    this.#options = options;
    this.#rechunk = { ...options.rechunk };
  }

  /** Listens on 127.0.0.1, and on ::1 where it exists. Throws what `listen` gives, such as EADDRINUSE. */
  static async listen(options: TapOptions): Promise<Tap> {
    const tap = new Tap(options);
    const hosts = (await hasIPv6Loopback()) ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
    try {
      for (const host of hosts) await tap.#listen(host);
    } catch (error) {
      tap.close();
      throw error;
    }
    return tap;
  }

  get port(): number {
    return this.#options.port;
  }

  /** How connections pass from now on, the open ones too. */
  setRechunk(direction: Direction, mode: Rechunk): void {
    this.#rechunk[direction] = mode;
    for (const pair of this.#pairs) pair.setRechunk(direction, mode);
  }

  /** Takes no new connection. Those that are open come to their own end. */
  stopListening(): void {
    for (const server of this.#servers) server.close();
    this.#servers = [];
  }

  /** Takes no new connection, and cuts those that are open. */
  close(): void {
    this.stopListening();
    for (const pair of [...this.#pairs]) pair.cut();
  }

  #listen(host: string): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    server.maxConnections = this.#options.mostConnections ?? MOST_CONNECTIONS;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: this.#options.port, host, exclusive: true }, () => {
        server.off("error", reject);
        server.on("error", () => {});
        this.#servers.push(server);
        resolve();
      });
    });
  }

  #accept(client: Socket): void {
    const pair = new Pair(client, this.#options, this.#rechunk, () => this.#pairs.delete(pair));
    this.#pairs.add(pair);
  }
}

/** A client's connection to us, and ours to the server. */
class Pair {
  #client: Socket;
  #server: Socket;
  #relays: Record<Direction, Relay>;
  #isReset = false;

  constructor(client: Socket, options: TapOptions, rechunk: Record<Direction, Rechunk>, onGone: () => void) {
    const recorder = options.recorder.connect();
    const server = connect({ port: options.target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.#client = client;
    this.#server = server;
    recorder.event("open", "client");

    let ends = 0;
    const relay = (direction: Direction, from: Socket, to: Socket, by: "client" | "server"): Relay =>
      new Relay(from, to, rechunk[direction], {
        onPass: (chunk) => recorder.pass(direction, chunk),
        onEnd: () => {
          recorder.event("end", by);
          ends += 1;
          if (ends === 2) recorder.event("close", by);
        },
      });
    this.#relays = {
      "to-server": relay("to-server", client, server, "client"),
      "to-client": relay("to-client", server, client, "server"),
    };

    let isConnected = false;
    server.once("connect", () => (isConnected = true));
    // Whatever breaks one side breaks the other: each of them shall see what it would see without us.
    const broken = (by: "client" | "server") => (error: NodeJS.ErrnoException) => {
      if (this.#isReset) return;
      const isRefused = by === "server" && !isConnected && error.code !== "ECONNRESET";
      if (ends < 2) recorder.event(isRefused ? "refused" : "reset", by);
      this.cut();
    };
    client.on("error", broken("client"));
    server.on("error", broken("server"));
    let closed = 0;
    const onClose = () => {
      closed += 1;
      if (closed === 2) onGone();
    };
    client.on("close", onClose);
    server.on("close", onClose);
  }

  setRechunk(direction: Direction, mode: Rechunk): void {
    this.#relays[direction].setMode(mode);
  }

  /** Resets both sides. */
  cut(): void {
    this.#isReset = true;
    for (const relay of Object.values(this.#relays)) relay.stop();
    for (const socket of [this.#client, this.#server]) {
      // A reset fails while the end of the stream is on its way, and would leave the socket open for ever.
      const isEnding = socket.writableEnded && !socket.writableFinished;
      if (socket.connecting || isEnding) socket.destroy();
      else socket.resetAndDestroy();
    }
  }
}
