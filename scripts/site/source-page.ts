import { posix } from "node:path";
import { escapeHtml } from "../lib/html.ts";
import type { Step } from "../lib/steps.ts";
import { highlight } from "./highlight.ts";
import { renderPage } from "./layout.ts";
import { renderInline } from "./markdown.ts";
import { lessonAddress, linkBetween, sourceAddress, twoDigits } from "./pages.ts";

/** The page that shows a file of a step, with an anchor for each line. */
export function sourcePage(step: Step, file: string, code: string): string {
  const address = sourceAddress(step, file);
  // Tests are long and seldom read: their colours would double the time of a build.
  const language = file.endsWith(".test.ts") ? "text" : posix.extname(file).slice(1);
  // The whole file, as for its differences: what has been highlighted once is not highlighted again.
  const lines = highlight(code, language)
    .replace(/\r?\n$/, "")
    .split(/\r?\n/)
    .map((line, index) => `<span class="line" id="L${index + 1}">${line}\n</span>`)
    .join("");
  const lesson = linkBetween(address, lessonAddress(step));
  const body = `<main class="page source" id="main">
<p class="eyebrow"><a href="${lesson}">Step ${twoDigits(step.number)}: ${renderInline(step.title)}</a></p>
<h1>${escapeHtml(file)}</h1>
<figure class="code"><pre tabindex="0" role="region" aria-label="${escapeHtml(file)}"><code class="numbered">${lines}</code></pre></figure>
</main>`;
  const description = `The file ${file} of step ${twoDigits(step.number)}, ${step.title}.`;
  return renderPage({ address, title: `${file}, step ${twoDigits(step.number)}`, description, lesson: true, body });
}
