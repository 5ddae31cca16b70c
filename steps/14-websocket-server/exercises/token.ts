import { createHash, timingSafeEqual } from "node:crypto";
import { WebSocketServer } from "../websocket-server.ts";

const port = Number(process.env.PORT ?? 8000);
const SECRET = process.env.TOKEN ?? "open sesame";
const allowedOrigins = ["http://localhost:3000", "http://127.0.0.1:3000"];

const server = new WebSocketServer({
  port,
  // With `verifyClient` nobody else looks at the origin, unless it is said.
  allowedOrigins,
  verifyClient({ req }, verdict) {
    // Not `new URL(req.url, …)`, which throws at `//`: one such request would end the process.
    const [, query = ""] = req.url?.split("?") ?? [];
    const isRight = isSame(new URLSearchParams(query).get("token") ?? "", SECRET);
    verdict(isRight, 401, "Add ?token= and the right one to the address.");
  },
});

server.on("listening", () => console.log(`Listening on port ${port}`));
server.on("connection", (socket) => socket.send("Come in"));

/** Takes as long for a nearly right token as for a wrong one, so that nobody can feel their way. */
function isSame(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}
