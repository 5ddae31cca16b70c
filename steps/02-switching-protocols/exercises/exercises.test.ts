import { fileURLToPath } from "node:url";
import { CheckError, checksOf, runProgram } from "../../../scripts/checks/index.ts";

const check = checksOf(new URL("greet-first.ts", import.meta.url));

check("exercise 1: the greeting is in `head`", { proves: ["C1"] }, async (server) => {
  const client = fileURLToPath(new URL("read-the-head.ts", import.meta.url));
  const output = await runProgram(client, { PORT: String(server.port) });
  if (!output.includes("Came with the response: Hi, from the server!")) {
    throw new CheckError(`The client printed:\n${output}`);
  }
});
