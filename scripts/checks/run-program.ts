import { exitCode, startProcess, typescriptCommand } from "../lib/processes.ts";
import { CheckError } from "./check-error.ts";

/** Runs a TypeScript program to its end, and returns what it printed. Fails if it fails. */
export async function runProgram(file: string, env: Record<string, string>): Promise<string> {
  const [program, ...args] = typescriptCommand(file);
  const child = startProcess(program, args, { env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const code = await exitCode(child);
  if (code !== 0) throw new CheckError(`The program ended with exit code ${code}.\nIt printed:\n${output}`);
  return output;
}
