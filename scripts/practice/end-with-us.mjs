/**
 * Loaded with `--import` into the learner's server: if the practice that has started it was killed,
 * it ends. A thread of its own would see that in an endless loop too, but each start would pay for it.
 */
const parent = process.ppid;
if (process.platform !== "win32") {
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, 500).unref();
}
