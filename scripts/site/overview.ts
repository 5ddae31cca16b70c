/** What the README says about the course: the front page and the README are one text. */
export interface Overview {
  /** The question that the course answers: the first sentences, up to the question mark. */
  question: string;
  /** What one will have built: the rest of the first paragraph. */
  promise: string;
  /** What one sees in each step, by its slug: the last column of the table. */
  sights: ReadonlyMap<string, string>;
  /** Steps that are not written yet: `14 to 19`. */
  planned: { numbers: string; text: string } | undefined;
  /** What one needs, and how to follow along: the other paragraphs of prose. All texts are Markdown. */
  notes: string[];
}

/** Reads the course's README. What is not in it is left empty. */
export function readOverview(readme: string): Overview {
  const blocks = readme.split(/\r?\n\s*\r?\n/).map((block) => block.trim());
  const rows = (blocks.find((block) => block.startsWith("| step |")) ?? "").split(/\r?\n/).map(cells);
  const sights = new Map<string, string>();
  let planned: Overview["planned"];
  for (const [name = "", about = "", sight = ""] of rows) {
    const [, slug] = /^\[\d+ ([a-z0-9-]+)\]/.exec(name) ?? [];
    if (slug !== undefined) sights.set(slug, sight);
    // "A server you would deploy (being written)": the heading of the part says the first half.
    else if (/^\d+ to \d+$/.test(name)) planned = { numbers: name, text: capital(/\((.+)\)$/.exec(about)?.[1] ?? about) };
  }
  const prose = blocks.filter((block) => !/^(#|!|\||`|$)/.test(block));
  const [, question = "", promise = ""] = /^(?:(.*?\?)\s+)?(.*)$/s.exec(prose[0] ?? "") ?? [];
  return {
    question,
    promise,
    sights,
    planned,
    notes: prose.slice(1).filter((block) => !block.includes("CONTRIBUTING.md")),
  };
}

function cells(row: string): string[] {
  return row.replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
