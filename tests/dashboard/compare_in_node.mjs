// node compare_in_node.mjs FOLDER_OF_THE_LAB ARRAYS QUESTIONS: answers as JSON on stdout.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { compute } from "./compare.js";

const [folder, arrays, questions] = process.argv.slice(2);
const module = (name) => import(pathToFileURL(`${folder}/${name}.js`));
const lab = {
  curve: await module("curve"),
  tensors: await module("tensors"),
  outcomes: await module("outcomes"),
};
const bytes = readFileSync(arrays);
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
console.log(JSON.stringify(compute(lab, buffer, JSON.parse(readFileSync(questions)))));
