import { parseArgs } from "node:util";
import { findPlant } from "./plants/catalogue.ts";
import { serve } from "./serve.ts";

const { values } = parseArgs({ options: { plant: { type: "string" } } });

await serve({ input: process.stdin, output: process.stdout, plant: values.plant ? findPlant(values.plant) : {} });
process.exit(0);
