// Mistake: A regular expression with one repetition inside another takes for ever to say no.
// Caught by: answers at once to lists that make regular expressions slow
// Says: Expected a response with status 400 (it is no list of tokens), but nothing came within <time>.

import { serve } from "./lib/serve.ts";

const LIST = /^(\s*[\w!#$%&'*+.^`|~-]+\s*,?\s*)+$/;

serve({
  parse(header) {
    if (!LIST.test(header) || /,\s*,|,\s*$|[^\s,]\s+[^\s,]/.test(header)) return undefined;
    const names = header.split(",").map((name) => name.trim());
    return new Set(names).size === names.length ? names : undefined;
  },
});
