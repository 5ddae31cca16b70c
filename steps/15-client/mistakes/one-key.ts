// Mistake: There is one masking key for all frames.
// Caught by: masks each frame, with a key of its own
// Says: Two frames were masked with the same key. Each needs a fresh one (RFC 6455, section 5.3).

import { randomBytes } from "node:crypto";
import { serve } from "./lib/serve.ts";

const key = randomBytes(4);
serve({ maskingKey: () => key });
