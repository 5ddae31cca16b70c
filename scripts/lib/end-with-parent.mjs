/**
 * Loaded with `--import` into a program that must not outlive the one that has started it, even if
 * that one was killed and could clean nothing up. On Windows it does nothing: there, nobody gets
 * another parent.
 */
import { isMainThread, Worker } from "node:worker_threads";

// In a thread of its own: a program that is caught in an endless loop never comes to its timers.
const watch = `
  const parent = require("node:worker_threads").workerData;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, 250);
`;

if (isMainThread && process.platform !== "win32") {
  new Worker(watch, { eval: true, execArgv: [], workerData: process.ppid }).unref();
}
