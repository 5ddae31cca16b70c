import { escapeHtml } from "../lib/html.ts";
import type { Command } from "./commands.ts";
import { renderPage } from "./layout.ts";
import { benchAddress, commandsAddress, linkBetween } from "./pages.ts";

/** What a reader needs; the others are for those who change the course. */
const READERS = ["start", "step", "diff", "check", "practice", "map", "bench", "test"];

/** The list of commands, each with what its `--help` prints. */
export function commandsPage(commands: readonly Command[]): string {
  const name = ({ command }: Command): string => command.split(" ").at(-1) ?? "";
  const readers = commands
    .filter((each) => READERS.includes(name(each)))
    .sort((a, b) => READERS.indexOf(name(a)) - READERS.indexOf(name(b)));
  const others = commands.filter((each) => !readers.includes(each));
  const body = `<main class="page commands-page" id="main">
<h1>Commands</h1>
<p class="lead">Type them in the course's folder. Where one takes a step, a number or a name will do; each answers <code>-- --help</code> with what stands here. What <code>npm run bench</code> has found out is on <a href="${linkBetween(commandsAddress, benchAddress)}">a page of its own</a>.</p>
${group("To learn", "learn", readers)}
${group("To change the course", "change", others)}
</main>`;
  const description = "Every command of the course: what it does, its arguments and options.";
  return renderPage({ address: commandsAddress, title: "Commands", description, body });

  function group(title: string, id: string, members: readonly Command[]): string {
    if (members.length === 0) return "";
    return `<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>\n${members.map((each) => block(each, name(each))).join("\n")}\n</section>`;
  }
}

function block({ command, usage }: Command, name: string): string {
  return `<figure class="code help" id="${escapeHtml(name.replace(":", "-"))}"><figcaption><h3>${escapeHtml(command)}</h3></figcaption><pre tabindex="0" role="region" aria-label="Help of ${escapeHtml(command)}"><code class="language-text">${escapeHtml(usage)}\n</code></pre></figure>`;
}
