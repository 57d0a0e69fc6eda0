// Prints the changes between two schemas; breaking changes fail.
import { readFileSync } from "node:fs";
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const [before, after] = process.argv
  .slice(2)
  .map((path) => buildSchema(readFileSync(path, "utf-8"), { assumeValidSDL: true }));
const changes = await diff(before, after);
const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
for (const { message } of breaking) console.log(`breaking: ${message}`);
console.log(`${changes.length} changes, ${breaking.length} breaking`);
process.exit(breaking.length ? 1 : 0);
