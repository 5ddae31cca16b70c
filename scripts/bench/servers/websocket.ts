import { createServer } from "node:http";
import { HOST, isBroadcast, MAX_PAYLOAD, portOf, ready, requirePeer } from "./contract.ts";

/** What we use of `websocket`, whose types are a package of their own. */
interface Message {
  type: "utf8" | "binary";
  utf8Data: string;
  binaryData: Buffer;
}
interface Connection {
  on(event: "message", listener: (message: Message) => void): void;
  sendUTF(text: string): void;
  sendBytes(bytes: Buffer): void;
}
interface Package {
  server: new (options: object) => {
    on(event: "request", listener: (request: { accept(protocol: null, origin: undefined): Connection }) => void): void;
    broadcastUTF(text: string): void;
    broadcastBytes(bytes: Buffer): void;
  };
}

const { server: WebSocketServer } = requirePeer("websocket") as Package;
const httpServer = createServer();
const server = new WebSocketServer({
  httpServer,
  maxReceivedFrameSize: MAX_PAYLOAD,
  maxReceivedMessageSize: MAX_PAYLOAD,
});

server.on("request", (request) => {
  const connection = request.accept(null, undefined);
  connection.on("message", ({ type, utf8Data, binaryData }) => {
    if (type === "utf8") isBroadcast ? server.broadcastUTF(utf8Data) : connection.sendUTF(utf8Data);
    else isBroadcast ? server.broadcastBytes(binaryData) : connection.sendBytes(binaryData);
  });
});
httpServer.listen(0, HOST, () => ready(portOf(httpServer.address())));
