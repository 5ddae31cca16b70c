/** Finds the symptoms that a pasted message may mean. No Node and no DOM: the page and the tests use it. */

/** Who prints a message. */
export type Voice = "Chromium" | "Firefox" | "CloseEvent" | "Node" | "ws" | "curl";

/** What one of them prints, with `<url>`, `<value>` and the like for what differs. */
export interface Wording {
  by: Voice;
  text: string;
}

/** What is needed of a symptom in order to find it. */
export interface Searchable {
  id: string;
  title: string;
  cause: string;
  says: readonly Wording[];
}

export interface SearchResult {
  /** Symptoms one of whose wordings is in the message, the most telling wording first. */
  exact: string[];
  /** Others that share rare words with it, the best first. */
  similar: string[];
}

/** How many symptoms are shown that only share words. */
const SIMILAR_LIMIT = 5;
/** A message shorter than that is part of too many wordings, in characters. */
const LEAST_PART = 8;
/** A symptom must share that part of the message's weight to be called similar. */
const LEAST_SHARE = 0.15;

/** Looks a pasted message up, with whatever stands around it: prefixes, addresses, line numbers, a stack. */
export function searchSymptoms(symptoms: readonly Searchable[], message: string): SearchResult {
  const text = normalise(message);
  if (text === "") return { exact: [], similar: [] };
  const exact = ranked(symptoms, ({ says }) => Math.max(0, ...says.map((wording) => certainty(wording, text))));
  // Who pastes a message means the line that tells most: a vaguer one in it is an echo of the same.
  const best = exact[0]?.score ?? 0;
  const telling = exact.filter(({ score }) => score >= best * 0.5);
  const found = new Set(telling.map(({ id }) => id));
  const similar = byWords(symptoms, text).filter((id) => !found.has(id));
  return { exact: [...found], similar: similar.slice(0, SIMILAR_LIMIT) };
}

function ranked(
  symptoms: readonly Searchable[],
  scoreOf: (symptom: Searchable) => number,
): { id: string; score: number }[] {
  // Equal ones stay in the list's order, in which the commonest stand first.
  return symptoms
    .map((symptom) => ({ id: symptom.id, score: scoreOf(symptom) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
}

/** How much of a wording is in the text, in characters that tell something; 0 if it is not. */
function certainty({ by, text: wording }: Wording, text: string): number {
  const core = coreOf(wording);
  if (by === "CloseEvent") return closeCode(core, text);
  if (patternOf(core).test(text)) return core.replace(/<[^>]*>/g, "").length;
  if (text.length >= LEAST_PART && core.includes(text)) return text.length;
  return 0;
}

/** A close code, or one of a range, where it is neither a port nor part of a longer number. */
function closeCode(wording: string, text: string): number {
  const [from = NaN, to = from] = (wording.match(/\d+/g) ?? []).map(Number);
  const codes = [...text.matchAll(/(?:^|code\W{0,3}|[^\d:.])(\d{3,4})(?![\d.])/g)].map(([, code]) => Number(code));
  return codes.some((code) => code >= from && code <= to) ? 4 : 0;
}

/** What stands for a placeholder: anything within one line, and not much of it. */
const PLACEHOLDER = ".{1,200}?";

/** What every message of its kind begins with tells nothing, and people often leave it out. */
const PREFIXES = [
  /^websocket connection to '<url>' failed: /,
  /^error during websocket handshake: /,
  /^error in connection establishment: /,
  /^(?:uncaught )?(?:\w*error|curl): /,
  /^failed to (?:execute '\w+' on|construct) 'websocket': /,
];

function coreOf(wording: string): string {
  // Whoever copies a sentence may leave its full stop.
  return PREFIXES.reduce((rest, prefix) => rest.replace(prefix, ""), normalise(wording).replace(/\.$/, ""));
}

function patternOf(core: string): RegExp {
  const source = core
    .split(/<[^>]*>/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(PLACEHOLDER);
  return new RegExp(`(?<![\\w-])${source}(?![\\w-])`);
}

/** Lower case, straight quotes, one space between words. */
function normalise(text: string): string {
  return text
    .toLowerCase()
    .replace(/[‘’`]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/\s+/g, " ")
    .trim();
}

/** Too common in what people paste to tell anything. */
const STOP_WORDS = new Set(
  "the and was not for that this with from its has have are but can may websocket connection server client error failed".split(" "),
);

function wordsOf(text: string): Set<string> {
  const plain = normalise(text).replace(/\bwss?:\/\/\S+|\bhttps?:\/\/\S+/g, " ");
  const words = plain.match(/[a-z][a-z0-9_-]+[a-z0-9]|\d{3,}/g) ?? [];
  return new Set(words.filter((word) => !STOP_WORDS.has(word)));
}

/** By shared words, of which a rare one weighs more than a common one. */
function byWords(symptoms: readonly Searchable[], message: string): string[] {
  const wanted = [...wordsOf(message)];
  const texts = symptoms.map(({ title, cause, says }) => ({
    strong: wordsOf([title, ...says.map(({ text }) => text)].join(" ")),
    weak: wordsOf(cause),
  }));
  const weights = new Map(
    wanted.map((word) => {
      const holders = texts.filter(({ strong, weak }) => strong.has(word) || weak.has(word)).length;
      return [word, holders === 0 ? 0 : Math.log(1 + symptoms.length / holders)] as const;
    }),
  );
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return [];
  const scores = new Map(
    symptoms.map(({ id }, index) => {
      const score = wanted.reduce((sum, word) => {
        const weight = weights.get(word) ?? 0;
        const { strong, weak } = texts[index] ?? {};
        return sum + (strong?.has(word) ? weight : weak?.has(word) ? weight / 2 : 0);
      }, 0);
      return [id, score / total] as const;
    }),
  );
  return ranked(symptoms, ({ id }) => scores.get(id) ?? 0)
    .filter(({ score }) => score >= LEAST_SHARE)
    .map(({ id }) => id);
}
