// Mistake: The bytes that came together with the request are thrown away.
// Caught by: answers frames that come together with the request
// Says: Expected a text frame with 5 bytes, but nothing came within 2000 ms.

import { FrameParser } from "../frame-parser.ts";
import { collect } from "./lib/collect.ts";
import { serve } from "./lib/serve.ts";

serve((echo) => {
  const parser = new FrameParser();
  const sink = collect(echo);
  return {
    head() {},
    chunk(bytes) {
      parser.push(bytes, sink);
    },
  };
});
