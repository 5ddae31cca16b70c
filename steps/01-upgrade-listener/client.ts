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

request.end(() => {
  console.log("Asked for an upgrade");
});
