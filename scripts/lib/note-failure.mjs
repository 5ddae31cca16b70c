// JavaScript, as it runs in each test file's process in front of everything else.
import { appendFileSync } from "node:fs";

// Where tests stand in a module that several test files share, the runner's reports name that module
// (before Node 24). Which file has failed, its process knows.
const report = process.env.COURSE_FAILED_FILES;
process.on("exit", (code) => {
  if (report && code !== 0) appendFileSync(report, `${process.argv[1]}\n`);
});
