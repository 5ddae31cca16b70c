import assert from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import {
  findBrowser,
  launchBrowser,
  notInstalled,
  type BrowserName,
  type LaunchedBrowser,
} from "../browsers/browsers.ts";
import { ClientPage } from "../browsers/client-page.ts";
import { startTestSite, type TestSite } from "../browsers/test-site.ts";
import { courseRoot } from "../lib/root.ts";
import { listSteps, type Step } from "../lib/steps.ts";
import { readLesson } from "./lesson.ts";
import { replayLesson, type ReplayOptions } from "./transcript-replay.ts";
import { SharedRuns } from "./transcript-shared-runs.ts";

// Every output block of every lesson, produced again. What a lesson's comments can tell the replay
// is described in transcript-actions.ts; `node --import tsx scripts/lessons/transcript.ts 3` shows
// one replay as it happens.

const limit = { timeout: 180_000 };

const lessons = listSteps().map((step) => ({ step, lesson: readLesson(step.folder) }));
const launches = new Map<BrowserName, Promise<LaunchedBrowser>>();
const shared = new SharedRuns();
let site: TestSite;

/** The replays of a lesson: in each browser, or only once where no browser would make a difference. */
type Replayer = BrowserName | "terminals";

/** Declares the replays of all lessons: what needs a browser in each of these, what needs none once. */
export function declareTranscripts(names: readonly BrowserName[]): void {
  const programs = new Map(names.map((name) => [name, findBrowser(name)]));
  const noBrowser = [...programs.values()].every((program) => program === undefined);

  before(async () => {
    // A lesson that is no script at all fails in its own test.
    for (const { lesson } of lessons) void shared.prepare(lesson, courseRoot).catch(() => {});
    for (const [name, program] of programs) {
      if (program === undefined) continue;
      const launch = launchBrowser(name, program);
      launches.set(name, launch);
      launch.catch(() => {}); // Who awaits it, later, gets the error.
    }
    if (!noBrowser) site = await startTestSite();
  }, limit);

  after(async () => {
    const ends = [...launches.values()].map(async (launch) => (await launch).close());
    await Promise.allSettled([...ends, site?.stop(), shared.stop()]);
  }, limit);

  // The browsers side by side, each with one lesson at a time: in Firefox, pages that connect to the
  // same host wait for each other, and a tab that closes can break one that opens.
  describe("transcripts", { concurrency: names.length + 1 }, () => {
    for (const name of names) {
      describe(name, { concurrency: 1 }, () => {
        const skip = programs.get(name) === undefined && notInstalled(name);
        for (const { step } of lessons.filter(({ lesson }) => needsBrowser(lesson))) {
          test(`${name}, ${step.name}: what the lesson shows is what comes`, { ...limit, skip }, (t) =>
            replay(t, step, name),
          );
        }
      });
    }

    describe("terminals", { concurrency: 2 }, () => {
      for (const { step, lesson } of lessons) {
        if (needsBrowser(lesson) && !noBrowser) continue; // Replayed above, with its pages.
        test(`${step.name}: what the lesson's terminals show is what comes`, limit, (t) =>
          replay(t, step, "terminals"),
        );
      }
    });
  });
}

function needsBrowser({ fences }: ReturnType<typeof readLesson>): boolean {
  const pages = ["chromium", "firefox"];
  return fences.some(({ language, words }) => {
    return language === "page" || (language === "console" && pages.includes(words[0] ?? ""));
  });
}

async function replay(t: TestContext, step: Step, replayer: Replayer): Promise<void> {
  const options: ReplayOptions = { root: courseRoot, slug: step.slug, shared };
  if (replayer !== "terminals") {
    const launched = await launches.get(replayer);
    assert.ok(launched);
    options.sitePort = Number(new URL(site.origin).port);
    options.browser = {
      name: replayer,
      open: (address, port) => ClientPage.open(launched.browser, address, port),
    };
  }
  const lesson = readLesson(step.folder);
  const skipped = await replayLesson(lesson, options);
  for (const { line, reason } of skipped) {
    await t.test(`${lesson.file}:${line}`, { skip: reason }, () => {});
  }
}
