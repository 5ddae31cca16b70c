/**
 * Loaded with `--import` into a step's server that the lab runs. The steps listen on all addresses,
 * as `server.listen(port)` does; behind the tap, nobody but this machine needs to reach them.
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
  return listen.apply(this, args);
};
