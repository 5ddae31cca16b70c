import { createServer } from "node:http";
import { deflate, HOST, isBroadcast, MAX_PAYLOAD, portOf, ready, requirePeer } from "./contract.ts";

/** What we use of `faye-websocket`, which has no types. */
interface Socket {
  on(event: "message", listener: (event: { data: string | Buffer }) => void): void;
  on(event: "close", listener: () => void): void;
  send(data: string | Buffer): void;
}
type Package = new (request: object, socket: object, head: Buffer, protocols: string[], options: object) => Socket;

const WebSocket = requirePeer("faye-websocket") as Package;
const extensions = deflate ? [requirePeer("permessage-deflate")] : [];
const clients = new Set<Socket>();
const server = createServer();

server.on("upgrade", (request, tcp, head) => {
  const socket = new WebSocket(request, tcp, head, [], { extensions, maxLength: MAX_PAYLOAD });
  clients.add(socket);
  socket.on("close", () => clients.delete(socket));
  socket.on("message", ({ data }) => {
    if (!isBroadcast) return socket.send(data);
    for (const client of clients) client.send(data);
  });
});
server.listen(0, HOST, () => ready(portOf(server.address())));
