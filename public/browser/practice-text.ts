import type { PracticeNews } from "../../scripts/lab/messages.ts";

/** The news in a sentence; `undefined` if they have nothing to do with this step. */
export function describePractice({ step, phase, checks = [], earlier, failing, isLive, done }: PracticeNews, slug: string): string | undefined {
  if (step !== slug) return Object.hasOwn(done, slug) ? "Your practice: you have passed this step." : undefined;
  const passed = checks.filter(({ state }) => state === "passed").length;
  const total = checks.filter(({ state }) => state !== "skipped").length;
  const counts = `${passed} of ${total} checks ${passed === 1 ? "passes" : "pass"}`;
  const end = isLive ? "" : " (npm run practice does not run at the moment.)";
  if (phase === "passed") return `Your practice: ${counts}${earlier ? `, and ${earlier.passed} of the steps before` : ""}. This step is passed.${end}`;
  if (phase === "failing" && failing) return `Your practice: ${counts}. First to fail: “${failing.title}”.${end}`;
  return isLive ? "Your practice: the checks run …" : `Your practice is at this step.${end}`;
}
