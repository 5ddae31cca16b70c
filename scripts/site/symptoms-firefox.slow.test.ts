import { declareSymptoms } from "./symptoms-suite.ts";

declareSymptoms("Firefox");
