import { ClientPage } from "../browsers/client-page.ts";
import { browserNames, findBrowser, launchBrowser, notInstalled } from "../browsers/browsers.ts";
import { startTestSite } from "../browsers/test-site.ts";
import { Failure, parseArguments, runMain, UsageError } from "../lib/cli.ts";
import { courseRoot } from "../lib/root.ts";
import { findStep } from "../lib/steps.ts";
import { readLesson } from "./lesson.ts";
import { replayLesson, type ReplayOptions } from "./transcript-replay.ts";
import { TranscriptError } from "./transcript-script.ts";

const usage = `
Usage: node --import tsx scripts/lessons/transcript.ts <step> [--browser chromium|firefox|none]

Replays one lesson from top to bottom and prints what comes, block by block, until something differs
from what the lesson shows. What a hidden comment in a lesson can say is described in
scripts/lessons/transcript-actions.ts.

Options:
  --browser <name>  the browser for the blocks of pages (default: chromium); none skips them
  --help            this text
`;

await runMain(usage, async (args) => {
  const { values, positionals } = parseArguments(args, {
    browser: { type: "string", default: "chromium" },
  });
  const [argument] = positionals;
  if (argument === undefined || positionals.length > 1) throw new UsageError("Which step? One, please.");
  const step = findStep(argument);
  const options: ReplayOptions = { root: courseRoot, slug: step.slug, report: console.log };
  const close = await useBrowser(values.browser, options);
  try {
    const skipped = await replayLesson(readLesson(step.folder), options);
    const left = skipped.length > 0 ? `; ${skipped.length} blocks were skipped` : "";
    console.log(`\nThe lesson shows what comes${left}.`);
  } catch (error) {
    if (error instanceof TranscriptError) throw new Failure(error.message);
    throw error;
  } finally {
    await close();
  }
});

/** Adds the browser and the site that its pages come from; returns what ends both. */
async function useBrowser(wanted: string, options: ReplayOptions): Promise<() => Promise<unknown>> {
  if (wanted === "none") return async () => {};
  const name = browserNames.find((known) => known.toLowerCase() === wanted.toLowerCase());
  if (name === undefined) {
    throw new UsageError(`--browser is "${wanted}", but we know chromium, firefox and none.`);
  }
  const program = findBrowser(name);
  if (program === undefined) throw new Failure(`${notInstalled(name)}, or say --browser none.`);
  const [launched, site] = await Promise.all([launchBrowser(name, program), startTestSite()]);
  options.sitePort = Number(new URL(site.origin).port);
  options.browser = {
    name,
    open: (address, port) => ClientPage.open(launched.browser, address, port),
  };
  return () => Promise.all([launched.close(), site.stop()]);
}
