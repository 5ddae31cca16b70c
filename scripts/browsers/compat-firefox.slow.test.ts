import { declareCompat } from "./compat-suite.ts";

declareCompat(["Firefox"]);
