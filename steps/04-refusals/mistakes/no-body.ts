// Mistake: A refusal has a status and no body, so nobody learns what was wrong.
// Caught by: refuses a POST with 405
// Says: The 405 has no body. It should say in a sentence what is wrong (a handshake is a GET).

import { STATUS_CODES } from "node:http";
import { checkRequest } from "../handshake.ts";
import { answerRequests, createServer, open, policy, port } from "./lib/serve.ts";

const server = createServer();

answerRequests(server, (request) => checkRequest(request, policy));

server.on("upgrade", (request, socket) => {
  socket.on("error", (error) => {
    console.log(`Socket error: ${error.message}`);
  });
  const result = checkRequest(request, policy);
  if (!result.ok) {
    const lines = Object.entries(result.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const status = `${result.status} ${STATUS_CODES[result.status]}`;
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n${lines.join("")}\r\n`);
    socket.resume();
    return;
  }
  open(socket, result);
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
