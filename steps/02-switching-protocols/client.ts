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

request.on("upgrade", (response, socket) => {
  console.log(`${response.statusCode} ${response.statusMessage}`);
  socket.write("Message from the client");

  socket.on("data", (chunk) => {
    console.log(`Received: ${chunk}`);
    socket.end();
  });
});

request.end(() => {
  console.log("Asked for an upgrade");
});
