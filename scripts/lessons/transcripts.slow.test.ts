import { browserNames } from "../browsers/browsers.ts";
import { declareTranscripts } from "./transcript-suite.ts";

declareTranscripts(browserNames);
