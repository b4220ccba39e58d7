// node layers_in_node.mjs FOLDER_OF_THE_LAB ARRAYS: what layers.js makes of them, as JSON on stdout.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const module = (name) => import(pathToFileURL(`${folder}/${name}.js`));
const { countKinds, createEcho, kindsOf, nearest, placesBetween, pointsOf } = await module("layers");
const { readTensors } = await module("tensors");
const { replay } = await module("curve");

const bytes = readFileSync(file);
const tensors = readTensors(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const [exits, instances, layers] = tensors.sizes;
const system = { exits, instances, scores: tensors.scores, correct: tensors.correct };
const left = replay(system, tensors.threshold[0]);
const panel = { layers: Array.from({ length: layers }, (_, l) => 2 * l + 1), places: tensors["0/places"], answers: tensors["0/answers"] };
const points = tensors.drawn.length;

const answer = { kinds: {}, unreached: {} };
for (const by of ["label", "answer", "right", "exit", "outcome", "category/kind"]) {
  answer.kinds[by] = [...kindsOf(by, panel, 1, tensors, system, left)];
}
for (const by of ["exit", "outcome"]) answer.unreached[by] = [...kindsOf(by, panel, 1, tensors, system, undefined)];
answer.unlabelled = [...kindsOf("outcome", panel, 1, tensors, { ...system, correct: undefined }, left)];
answer.counts = countKinds(answer.kinds.right, 2);
answer.nearest = [1, 2, 4, 9].map((depth) => nearest(panel.layers, depth));
answer.halfway = placesBetween(panel, 0, 2, 0.5, points).map((axis) => [...axis]);
answer.chosen = [pointsOf(tensors.ids, [tensors.ids[3], tensors.ids[1], -5]), pointsOf(tensors.ids, [])];

const echo = createEcho();
const said = [echo.news("a"), echo.news("a")];
echo.send("b");
echo.send("c");
said.push(echo.news("b"), echo.news("c"), echo.news("c"), echo.news(""));
answer.news = said;
console.log(JSON.stringify(answer));
