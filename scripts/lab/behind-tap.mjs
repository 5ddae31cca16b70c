/**
 * Loaded with `--import` into a step's server that the lab runs. The steps listen on all addresses,
 * as `server.listen(port)` does; behind the tap, nobody but this machine needs to reach them.
 * It also tells the lab when the server listens on the port that it was given: only this process
 * knows, since on a port that is taken somebody else would answer.
 */
import net from "node:net";

const listen = net.Server.prototype.listen;

net.Server.prototype.listen = function (...args) {
  const [first, second] = args;
  const isPort = typeof first === "number" || (typeof first === "string" && /^\d+$/.test(first));
  if (isPort && typeof second !== "string") args.splice(1, 0, "127.0.0.1");
  else if (typeof first === "object" && first?.port !== undefined && first.host === undefined) {
    args[0] = { ...first, host: "127.0.0.1" };
  }
  this.once("listening", () => {
    if (String(this.address()?.port) === process.env["PORT"]) process.send?.("listening");
  });
  return listen.apply(this, args);
};
