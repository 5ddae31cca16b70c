import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const request = http.request({
  host: "localhost",
  port,
  headers: {
    Connection: "Upgrade",
    Upgrade: "websocket",
  },
});

request.on("upgrade", (response, socket, head) => {
  console.log(`${response.statusCode} ${response.statusMessage}`);
  console.log(`Came with the response: ${head}`);
  socket.end();
});

request.end(() => {
  console.log("Asked for an upgrade");
});
