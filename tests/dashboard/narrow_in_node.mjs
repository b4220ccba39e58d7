// node narrow_in_node.mjs FOLDER_OF_THE_LAB FIGURES: what narrow.js makes of each, as JSON on stdout.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const { narrowed } = await import(pathToFileURL(`${folder}/narrow.js`));
console.log(JSON.stringify(JSON.parse(readFileSync(file)).map(narrowed)));
