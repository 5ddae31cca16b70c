import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("request", (request, response) => {
  response.end(`No upgrade for ${request.headers.upgrade}, but here is a page.\n`);
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
