import { searchSymptoms, type Searchable, type Voice, type Wording } from "../../scripts/site/symptoms-match.ts";

/** The search on the page of symptoms: everything that it searches stands in the page already. */

const EXAMPLES = ["Unexpected response code: 200", "Invalid frame header", "close code: 1006", "socket hang up"];
/** So many finds are shown at once; the others wait behind a click. */
const SHOWN = 5;

const place = document.getElementById("symptom-search");
if (place) offerSearch(place);

function offerSearch(place: HTMLElement): void {
  const articles = [...document.querySelectorAll<HTMLElement>("article.symptom")];
  const symptoms = articles.map(readSymptom);
  const form = document.createElement("form");
  form.className = "symptom-search";
  form.role = "search";
  form.innerHTML = `<label for="message">Paste what you see</label>
<textarea id="message" rows="3" spellcheck="false" autocomplete="off" autocapitalize="off" aria-describedby="message-hint"></textarea>
<p class="quiet" id="message-hint">With whatever stands around it: addresses, line numbers, a stack. Nothing leaves this page. For example: </p>
<p class="quiet" id="found" role="status"></p>`;
  const results = document.createElement("div");
  results.className = "symptom-results";
  place.append(form, results);

  const field = form.querySelector("textarea");
  const status = form.querySelector("#found");
  const hint = form.querySelector("#message-hint");
  if (!field || !status || !hint) return;
  EXAMPLES.forEach((example, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = example;
    button.addEventListener("click", () => {
      field.value = example;
      show();
      field.focus();
    });
    hint.append(index === 0 ? "" : " · ", button);
  });

  const show = (): void => {
    const { exact, similar } = searchSymptoms(symptoms, field.value);
    const found = exact.length > 0 ? exact : similar;
    const articlesOf = (ids: string[]): HTMLElement[] =>
      ids.flatMap((id) => articles.filter((article) => article.id === id).map(copyOf));
    results.replaceChildren();
    if (field.value.trim() === "") status.textContent = "";
    else if (exact.length === 1) status.textContent = "Most often, this message means:";
    else if (exact.length > 1) status.textContent = `This message has several causes (${exact.length} are known here). The most frequent come first:`;
    else if (similar.length > 0) status.textContent = "No message reads quite like that. These come near:";
    else {
      status.textContent =
        "Nothing found. Try its middle part without names and numbers, or look through the list below. " +
        "In Firefox, open the page in Chromium too: it says more.";
    }
    results.append(...articlesOf(found.slice(0, SHOWN)));
    if (found.length > SHOWN) results.append(showMore(articlesOf(found.slice(SHOWN))));
  };
  field.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
}

function showMore(articles: HTMLElement[]): HTMLElement {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = `Show ${articles.length} more`;
  details.append(summary, ...articles);
  return details;
}

function readSymptom(article: HTMLElement): Searchable {
  const says: Wording[] = [];
  let by = "";
  for (const part of article.querySelectorAll("dt, dd")) {
    if (part.tagName === "DT") by = part.textContent ?? "";
    else says.push({ by: by as Voice, text: part.textContent ?? "" });
  }
  return {
    id: article.id,
    title: article.querySelector("h3")?.textContent ?? "",
    cause: article.querySelector(".cause")?.textContent ?? "",
    says,
  };
}

/** A copy without its id, which would be there twice. */
function copyOf(article: HTMLElement): HTMLElement {
  const copy = article.cloneNode(true) as HTMLElement;
  copy.removeAttribute("id");
  copy.dataset["symptom"] = article.id;
  return copy;
}
