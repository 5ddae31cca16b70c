// Mistake: The 101 has lost its Connection header.
// Caught by: answers with all three headers
// Says: The response has no header Connection. Expected Connection: Upgrade.

import { checkRequest } from "../handshake.ts";
import { answerRequests, createServer, policy, port, refuse } from "./lib/serve.ts";

const server = createServer();

answerRequests(server, (request) => checkRequest(request, policy));

server.on("upgrade", (request, socket) => {
  socket.on("error", (error) => {
    console.log(`Socket error: ${error.message}`);
  });
  const result = checkRequest(request, policy);
  if (!result.ok) {
    refuse(socket, result, request.method);
    return;
  }
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      `Sec-WebSocket-Accept: ${result.accept}\r\n` +
      "\r\n",
  );
  socket.resume();
  socket.on("end", () => {
    socket.end();
  });
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
