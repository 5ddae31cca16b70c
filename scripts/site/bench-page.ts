import { drawChart, measureOf } from "../bench/chart.ts";
import type { TaskResult } from "../bench/in-process.ts";
import type { Results, Row, WorkloadResult } from "../bench/results.ts";
import { circumstances, columnsOf, footnotes, method, speed, type Column } from "../bench/table.ts";
import { bytes } from "../bench/workloads.ts";
import { escapeHtml } from "../lib/html.ts";
import { renderPage } from "./layout.ts";
import { benchAddress, commandsAddress, linkBetween } from "./pages.ts";

/** What `npm run bench` found out: a picture and a table for each workload. */
export function benchPage(results: Results | undefined): string {
  const body = `<main class="page wide bench-page" id="main">
<h1>Benchmark</h1>
${results ? content(results) : nothing()}
</main>`;
  const description = "Our servers beside ws and others: CPU time, throughput, latency and memory, with machine, date and versions.";
  return renderPage({ address: benchAddress, title: "Benchmark", description, body });
}

function nothing(): string {
  return `<p class="lead">Nothing has been measured yet. <code>npm run bench</code> takes some ten minutes, and the next <code>npm start</code> shows here what it found.</p>`;
}

function content(results: Results): string {
  const commands = `${linkBetween(benchAddress, commandsAddress)}#bench`;
  return `<p class="lead">The servers of the course beside those that people install, and beside two that only send bytes back: what these take is Node's own. The bars show what depends least on the machine's mood: the CPU time that the server took, or its memory. Shorter is better.</p>
<p class="quiet">${escapeHtml([...circumstances(results), method(results)].join(" "))} <a href="${commands}"><code>npm run bench</code></a> measures your machine, and this page shows it then.</p>
${results.workloads.map(section).join("\n")}
<ul class="quiet">
${footnotes(results).map((note) => `<li>${escapeHtml(note)}</li>`).join("\n")}
</ul>
${results.tasks.length > 0 ? parts(results.tasks) : ""}`;
}

function section(result: WorkloadResult): string {
  const columns = columnsOf(result);
  const rows = result.rows.map((row) => `<tr><th scope="row">${escapeHtml(row.title)}</th>${cells(row, columns)}</tr>`);
  return `<section class="workload" aria-labelledby="${result.name}">
<h2 id="${result.name}">${escapeHtml(result.title)}</h2>
<p class="quiet">${escapeHtml(capital(result.details))}. ${measureOf(result)}:</p>
${drawChart(result)}
<details><summary>All figures</summary>
${table(result.title, ["", ...columns.map(({ head }) => head)], rows)}
</details>
</section>`;
}

function cells({ figures, problem, lacks }: Row, columns: Column[]): string {
  if (figures) return columns.map(({ cell }) => `<td>${escapeHtml(cell(figures))}</td>`).join("");
  const reason = problem === undefined ? `– ${lacks}` : `✖ ${problem}`;
  return `<td colspan="${columns.length}" class="quiet">${escapeHtml(reason)}</td>`;
}

function parts(tasks: readonly TaskResult[]): string {
  const tables = tasks.map(({ title, sizes, rows }) => {
    const lines = rows.map(
      ({ title, nanoseconds, lacks }) =>
        `<tr><th scope="row">${escapeHtml(title)}</th>${nanoseconds
          .map((each, index) => `<td>${each === null ? escapeHtml(`– ${lacks ?? ""}`) : speed(each, sizes[index] ?? 0)}</td>`)
          .join("")}</tr>`,
    );
    return `<h3>${escapeHtml(title)}</h3>\n${table(title, ["", ...sizes.map(bytes)], lines)}`;
  });
  return `<section aria-labelledby="parts">
<h2 id="parts">The parts alone</h2>
<p class="quiet">Without sockets: CPU time for each frame or text of so many bytes, and how many bytes of payload that makes in a second. The last row of each table is what Node does itself.</p>
${tables.join("\n")}
</section>`;
}

function table(title: string, head: readonly string[], rows: readonly string[]): string {
  const columns = head.map((cell) => (cell === "" ? "<td></td>" : `<th scope="col">${escapeHtml(cell)}</th>`));
  return `<div class="table" tabindex="0" role="region" aria-label="${escapeHtml(title)}"><table>
<thead><tr>${columns.join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></div>`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
