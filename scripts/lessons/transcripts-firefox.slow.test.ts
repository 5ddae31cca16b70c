import { declareTranscripts } from "./transcript-suite.ts";

declareTranscripts(["Firefox"]);
