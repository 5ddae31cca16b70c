import { declareTranscripts } from "./transcript-suite.ts";

// What terminals show. What pages show, in both browsers, takes longer: npm run test:slow.
declareTranscripts([]);
