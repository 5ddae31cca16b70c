import { deflate, HOST, isBroadcast, MAX_PAYLOAD, ready } from "./contract.ts";

/** What we use of Bun's own server, which is uWebSockets. */
interface Socket {
  subscribe(topic: string): void;
  send(data: string | Uint8Array, compress: boolean): void;
}
interface Server {
  port: number;
  upgrade(request: unknown): boolean;
  publish(topic: string, data: string | Uint8Array, compress: boolean): void;
}
interface Options {
  port: number;
  hostname: string;
  fetch(request: unknown, server: Server): unknown;
  websocket: {
    open(socket: Socket): void;
    message(socket: Socket, data: string | Uint8Array): void;
    perMessageDeflate: boolean;
    maxPayloadLength: number;
  };
}
declare const Bun: { serve(options: Options): Server };

const server = Bun.serve({
  port: 0,
  hostname: HOST,
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("Not a WebSocket", { status: 426 })),
  websocket: {
    open: (socket) => {
      if (isBroadcast) socket.subscribe("all");
    },
    message: (socket, data) => {
      if (isBroadcast) server.publish("all", data, deflate);
      else socket.send(data, deflate);
    },
    perMessageDeflate: deflate,
    maxPayloadLength: MAX_PAYLOAD,
  },
});
ready(server.port);
