// node compare_in_node.mjs FOLDER_OF_THE_LAB ARRAYS QUESTIONS: answers as JSON on stdout.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { compute, MODULES } from "./compare.js";

const [folder, arrays, questions] = process.argv.slice(2);
const lab = {};
for (const name of MODULES) lab[name] = await import(pathToFileURL(`${folder}/${name}.js`));
const bytes = readFileSync(arrays);
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
console.log(JSON.stringify(compute(lab, buffer, JSON.parse(readFileSync(questions)))));
