import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("upgrade", (request) => {
  console.log(`${request.method} ${request.url} HTTP/${request.httpVersion}`);
  for (const [name, value] of Object.entries(request.headers)) {
    console.log(`${name}: ${value}`);
  }
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
