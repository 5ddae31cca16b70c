import { declareLab } from "./lab-suite.ts";

declareLab("Chromium", { quick: true });
