import { declarePages } from "./pages-suite.ts";

declarePages(["Firefox"]);
