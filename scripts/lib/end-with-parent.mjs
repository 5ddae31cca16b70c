/**
 * Loaded with `--import` into a program that must not outlive the one that has started it, even if
 * that one was killed and could clean nothing up. On Windows it does nothing: there, nobody gets
 * another parent.
 */
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit();
}, 250).unref();
