// Mistake: Every handshake has the key of the RFC's example.
// Caught by: chooses a new key for each connection
// Says: The key <key> came twice. A cache in between could answer with the response of before.

import { serve } from "./lib/serve.ts";

serve({ handshakeKey: () => "dGhlIHNhbXBsZSBub25jZQ==" });
