import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder that holds `steps/` and `public/`: this repository, or the one that the environment
 * variable `COURSE_ROOT` names. The tests of the commands point it at a scratch course.
 */
export const courseRoot: string = resolve(
  process.env["COURSE_ROOT"] ?? fileURLToPath(new URL("../../", import.meta.url)),
);
