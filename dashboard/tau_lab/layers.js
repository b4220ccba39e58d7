// Pictures of layers: which kind each point is of, where it lies, what is selected. No DOM, no state.
//
// Axes: M points drawn, L layers. Arrays [L, M] lie layer by layer. A panel is {layers: [L], places:
// Float32Array [L, M, 2], answers: Int32Array [L, M] (-1 where no exit follows the layer)}.

import { outcomes } from "./outcomes.js";

/** The place of the layer that is nearest in depth, the first of two. */
export function nearest(layers, depth) {
  const away = layers.map((layer) => Math.abs(layer - depth));
  return away.indexOf(Math.min(...away));
}

/**
 * The kind of each point as an index into its paints, Int32Array [M]; -1 where it has none.
 * `by` is "label", "answer", "right", "exit", "outcome" or the name of a tensor; `at` the place of a
 * layer; `tensors` has `drawn`, `label`; `system` and `left` [N] are needed for "exit" and "outcome".
 */
export function kindsOf(by, panel, at, tensors, system, left) {
  const points = tensors.drawn.length;
  const answers = panel.answers.subarray(at * points, (at + 1) * points);
  if (by === "answer") return answers;
  if (by === "right") return answers.map((answer, m) => rightness(answer, tensors.label[m]));
  if (by !== "exit" && by !== "outcome") return tensors[by];
  if (!left || (by === "outcome" && !system.correct)) return new Int32Array(points).fill(-1);
  const of = by === "exit" ? left : outcomes(system, left).of;
  return Int32Array.from(tensors.drawn, (n) => of[n]);
}

/** How many points there are of each of `kinds` kinds and, at the end, of none. */
export function countKinds(codes, kinds) {
  const counts = new Array(kinds + 1).fill(0);
  for (const code of codes) counts[code < 0 ? kinds : code]++;
  return counts;
}

/** Coordinates [[x of M], [y of M]] between two layers, `share` of the way from one to the other. */
export function placesBetween({ places }, from, to, share, points) {
  const axes = [new Float32Array(points), new Float32Array(points)];
  for (let m = 0; m < points; m++) {
    for (const axis of [0, 1]) {
      const a = places[2 * (from * points + m) + axis];
      const b = places[2 * (to * points + m) + axis];
      axes[axis][m] = a + share * (b - a);
    }
  }
  return axes;
}

/** Which points have one of the ids; null where none has, so that all look alike. */
export function pointsOf(ids, chosen) {
  const wanted = new Set(chosen);
  const points = [];
  ids.forEach((id, m) => wanted.has(id) && points.push(m));
  return points.length ? points : null;
}

/**
 * Python's values of something the browser also changes. What comes back of what was sent is no
 * news, even late; `news(key)` says whether Python itself means another value.
 */
export function createEcho() {
  const sent = [];
  let current;
  return {
    send: (key) => {
      current = key;
      sent.push(key);
    },
    news: (key) => {
      const back = sent.indexOf(key);
      if (back >= 0) {
        sent.splice(0, back + 1);
        return false;
      }
      if (key === current) return false;
      current = key;
      return true;
    },
  };
}

function rightness(answer, label) {
  return answer < 0 || label < 0 ? -1 : Number(answer === label);
}
