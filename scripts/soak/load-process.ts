import { Load, type Outcome, type Size } from "./load.ts";
import { randomFrom } from "./random.ts";
import { scenarios } from "./scenarios.ts";

/** The load generator's process: runs what its parent asks for, over IPC. */

export interface Job {
  scenario: string;
  port: number;
  size: Size;
  seed: number;
  deflate: boolean;
}

export type FromParent = { job: Job } | { go: true };
export type FromLoad = { held: true } | { outcome: Outcome };

let release = (): void => {};

process.on("message", (message: FromParent) => {
  if ("go" in message) release();
  else void work(message.job);
});
process.on("disconnect", () => process.exit());

function tell(message: FromLoad): void {
  process.send?.(message);
}

async function work({ scenario: name, port, size, seed, deflate }: Job): Promise<void> {
  const scenario = scenarios.find((scenario) => scenario.name === name);
  if (scenario === undefined) throw new Error(`There is no scenario ${name}`);
  const hold = (): Promise<void> =>
    new Promise((resolve) => {
      release = resolve;
      tell({ held: true });
    });
  const load = new Load({ port, deflate, random: randomFrom(seed, name), hold });
  const outcome = await scenario.run(load, size);
  await load.destroyAll();
  tell({ outcome });
}
