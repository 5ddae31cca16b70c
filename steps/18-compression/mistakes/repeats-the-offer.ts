// Mistake: The answer repeats the offer, also `client_max_window_bits` without a number.
// Caught by: speaks of the client's window only to a client that has offered it
// Says: In an answer, client_max_window_bits must have a number from 8 to 15.

import { serve } from "./lib/serve.ts";

serve({
  answer(agreement, offers) {
    const [offer] = offers.filter(({ name }) => name === "permessage-deflate");
    if (agreement === undefined || offer === undefined) return undefined;
    const isBare = offer.parameters.some(([name, value]) => name === "client_max_window_bits" && value === true);
    const parameters = Object.entries(agreement).map(([name, value]) => (value === true ? name : `${name}=${value}`));
    return ["permessage-deflate", ...parameters, ...(isBare ? ["client_max_window_bits"] : [])].join("; ");
  },
});
