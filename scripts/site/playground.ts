import { BROKEN_EXAMPLES, GOOD_EXAMPLES, type Example } from "../../public/browser/playground-examples.ts";
import { guessSender, readFrames, renderReading, type StepLinks } from "../../public/browser/playground-reading.ts";
import { readHex, toHash } from "../../public/browser/playground-hex.ts";
import { escapeHtml } from "../lib/html.ts";
import { listSteps } from "../lib/steps.ts";
import { OPCODES } from "../wire/decode-frame.ts";

/** The steps that the judge's problems name, and what stands with a frame if no script runs. */
const TEACHING = ["protocol-errors", "utf8", "closing-handshake"];

/**
 * The static body of `playground/index.html`. Its form is switched off until the page's script runs;
 * the first example stands there from the beginning, so that nothing moves.
 */
export function renderPlayground(): string {
  const numbers = new Map(listSteps().map(({ slug, number }) => [slug, String(number).padStart(2, "0")]));
  const links: StepLinks = (slug) => ({ name: `step ${numbers.get(slug) ?? slug}`, href: `../steps/${slug}/index.html` });
  const steps = TEACHING.map((slug) => `${slug}=${numbers.get(slug) ?? ""}`).join(" ");
  const [first] = GOOD_EXAMPLES;
  return `<h1>Playground</h1>
<p class="lead">Compose a frame, or paste bytes. Below stands what they say, field by field, and what a strict receiver answers.</p>
<noscript><p class="notice">To compose frames of your own, the page needs JavaScript. Without it, the examples stand here, read and judged.</p></noscript>
${renderExamples()}
<form id="playground" data-steps="${steps}">
<fieldset class="whole" disabled>
<legend class="unseen">Compose or paste frames</legend>
${renderComposer()}
${renderBytes(first?.hex ?? "")}
</fieldset>
</form>
<p class="unseen" id="summary" role="status"></p>
<section id="readings" aria-label="What the bytes say">
${first ? renderExample(first, links) : ""}
</section>
<noscript>${[...GOOD_EXAMPLES, ...BROKEN_EXAMPLES].map((example) => renderStaticExample(example, links)).join("\n")}</noscript>`;
}

/** An example for those who run no script: its address is what its link in the list leads to. */
function renderStaticExample(example: Example, links: StepLinks): string {
  return `<h2 id="${escapeHtml(hashOf(example).slice(1))}">${escapeHtml(example.name)}</h2>${renderExample(example, links)}`;
}

function hashOf({ hex, from }: Example): string {
  return toHash(readHex(hex).bytes ?? new Uint8Array(), from);
}

function renderExample({ hex, from }: Example, links: StepLinks): string {
  return renderReading(readFrames(readHex(hex).bytes ?? new Uint8Array(), from), links);
}

function renderExamples(): string {
  const list = (title: string, examples: Example[]): string => {
    const items = examples.map((example) => `<li><a href="${escapeHtml(hashOf(example))}">${escapeHtml(example.name)}</a></li>`);
    return `<div><h2>${title}</h2><ul>${items.join("")}</ul></div>`;
  };
  return `<div class="examples">${list("Examples", GOOD_EXAMPLES)}${list("Broken ones", BROKEN_EXAMPLES)}</div>`;
}

function renderComposer(): string {
  const opcodes = Array.from({ length: 16 }, (_, opcode) => {
    const selected = opcode === 1 ? " selected" : "";
    return `<option value="${opcode}"${selected}>${opcode} ${OPCODES[opcode] ?? "reserved"}</option>`;
  });
  const bit = (name: string, label: string, checked: boolean): string =>
    `<label class="bit"><input type="checkbox" name="${name}"${checked ? " checked" : ""}> ${label}</label>`;
  return `<fieldset class="composer">
<legend>Compose</legend>
<div class="row">${bit("fin", "FIN", true)}${bit("rsv1", "RSV1", false)}${bit("rsv2", "RSV2", false)}${bit("rsv3", "RSV3", false)}</div>
<div class="row">
<label>Opcode <select name="opcode">${opcodes.join("")}</select></label>
<label>Length <select name="form"><option value="shortest" selected>shortest form</option><option value="7">in 7 bits</option><option value="16">in 16 bits</option><option value="64">in 64 bits</option></select></label>
<label>False length <input name="false" inputmode="numeric" autocomplete="off" size="9" placeholder="none"></label>
</div>
<div class="row">${bit("masked", "MASK", true)}<label>Key <input name="key" value="37 fa 21 3d" autocomplete="off" spellcheck="false" size="12" class="code"></label><button type="button" name="new-key">New key</button></div>
<label>Payload <textarea name="payload" rows="2" spellcheck="false">Hello</textarea></label>
<div class="row" role="group" aria-label="The payload is"><label class="bit"><input type="radio" name="kind" value="text" checked> text</label><label class="bit"><input type="radio" name="kind" value="hex"> hex</label></div>
<p class="mistake" id="compose-mistake" role="alert"></p>
<p class="quiet" id="compose-note" hidden>The bytes are not one frame, so the fields here do not follow them. A change here replaces them.</p>
</fieldset>`;
}

function renderBytes(hex: string): string {
  const from = guessSender(readHex(hex).bytes ?? new Uint8Array());
  const radio = (value: string, label: string): string =>
    `<label class="bit"><input type="radio" name="from" value="${value}"${value === from ? " checked" : ""}> ${label}</label>`;
  return `<fieldset class="reader">
<legend>Bytes</legend>
<label>One frame or several, in hex <textarea name="hex" class="code" rows="7" spellcheck="false" autocapitalize="off" autocomplete="off">${hex}</textarea></label>
<p class="mistake" id="hex-mistake" role="alert"></p>
<div class="row" role="group" aria-label="Sent by">Sent by ${radio("client", "a client")}${radio("server", "a server")}</div>
<div class="row"><button type="button" name="copy">Copy hex</button><button type="button" name="link">Copy link</button><span class="quiet" id="copied" role="status"></span></div>
</fieldset>`;
}
