import { declareReading } from "./reading-suite.ts";

declareReading("Firefox");
