import { spawn } from "node:child_process";
import { WebSocket } from "./websocket.ts";

const socket = new WebSocket(`ws://localhost:${process.env.PORT ?? 8000}`);
let pings = 0;

socket.on("ping", () => {
  console.log("A ping: I am here");
  if (++pings === 2) freeze();
});
socket.on("error", (error) => console.log(`Failed: ${error.message || error.code}`));
socket.on("close", () => console.log("The server has hung up"));

/** As `kill -STOP` from outside; and somebody else wakes us after 5 seconds. */
function freeze(): void {
  spawn("sh", ["-c", `sleep 5; kill -CONT ${process.pid}`]);
  process.kill(process.pid, "SIGSTOP");
}
