import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { listSteps, type Step } from "../lib/steps.ts";
import {
  findBrowser,
  launchBrowser,
  notInstalled,
  type BrowserName,
  type LaunchedBrowser,
} from "./browsers.ts";
import { ServerPool, Stage, type Scenario } from "./scenario.ts";
import { startTestSite, type TestSite } from "./test-site.ts";

// Every `client.html` in every installed browser, as the `client.browser.ts` next to it says.

const limit = { timeout: 90_000 };

interface StepScenarios {
  step: Step;
  scenarios: Scenario[];
}

const steps = await Promise.all(listSteps().map(readScenarios));
const servers = new ServerPool();
const launches = new Map<BrowserName, Promise<LaunchedBrowser>>();
let site: TestSite;

/** Declares the scenarios of every `client.html` in these browsers. */
export function declarePages(names: readonly BrowserName[]): void {
  const programs = new Map(names.map((name) => [name, findBrowser(name)]));

  before(async () => {
    const installed = [...programs].filter(([, program]) => program !== undefined);
    if (installed.length === 0) return;
    const starting = startTestSite();
    for (const [name, program = ""] of installed) {
      // All at once: one browser can be tried while the other one is still starting.
      const launch = launchBrowser(name, program);
      launches.set(name, launch);
      launch.catch(() => {}); // Who awaits it, later, gets the error.
    }
    site = await starting;
  }, limit);

  after(async () => {
    const ends = [...launches.values()].map(async (launch) => (await launch).close());
    await Promise.allSettled([...ends, site?.stop(), servers.stop()]);
  }, limit);

  for (const { step, scenarios } of steps) {
    test(`${step.name} has browser scenarios`, () => {
      assert.ok(scenarios.length > 0, `steps/${step.name}/client.browser.ts is missing, or declares none`);
    });
  }

  for (const name of names) {
    const skip = programs.get(name) === undefined && notInstalled(name);
    describe(name, () => tryPages(name, skip));
  }
}

function tryPages(name: BrowserName, skip: string | false): void {
  for (const { step, scenarios } of steps) {
    for (const scenario of scenarios) {
      const title = `${name}, ${step.name}: ${scenario.name}`;
      test(title, { ...limit, skip }, async () => {
        const launched = await launches.get(name);
        assert.ok(launched);
        await tryScenario(scenario, new Stage(name, launched.browser, step, site, servers));
      });
    }
  }
}

async function tryScenario(scenario: Scenario, stage: Stage): Promise<void> {
  try {
    await scenario.run(stage);
    await stage.expectGoodManners();
  } finally {
    await stage.clear();
  }
}

async function readScenarios(step: Step): Promise<StepScenarios> {
  const file = join(step.folder, "client.browser.ts");
  if (!existsSync(file)) return { step, scenarios: [] };
  const module = (await import(pathToFileURL(file).href)) as { default: Scenario[] };
  return { step, scenarios: module.default };
}
