// Calibration in the browser: the same bins and the same errors as cascade_core.calibration. Answers
// whose confidence is NaN are left out. Pure: no DOM, no state.
//
// Axes: N instances, E exits; arrays [E, N] lie exit by exit, entry e * N + n. A system is as in
// curve.js, with confidence: Float64Array [E, N], correct: Uint8Array [E, N] and bins: Uint8Array
// [E, N], see confidenceBins.

import { lowerBound } from "./curve.js";

const NO_BIN = 255;

/** The bin of every confidence [E, N]: bins are (edge, next edge]; NO_BIN where it is NaN. */
export function confidenceBins(confidence, edges) {
  return Uint8Array.from(confidence, (c) => {
    if (Number.isNaN(c)) return NO_BIN;
    return lowerBound(edges.length - 2, (i) => edges[i + 1] >= c);
  });
}

/** Expected calibration error of what is emitted: sum over bins of |right - confidence| / N. */
export function emittedCalibrationError(system, left, bins) {
  const gaps = new Float64Array(bins);
  let counted = 0;
  for (let n = 0; n < left.length; n++) {
    const at = left[n] * system.instances + n;
    const bin = system.bins[at];
    if (bin === NO_BIN) continue;
    gaps[bin] += system.correct[at] - system.confidence[at];
    counted++;
  }
  return counted ? gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / counted : NaN;
}

/** The answers that are given where instances leave, [N]; of one `exit`, only those it lets go. */
export function answersGiven({ instances, confidence, correct }, left, exit = null) {
  const given = { confidence: [], right: [] };
  for (let n = 0; n < instances; n++) {
    const at = left[n] * instances + n;
    if ((exit !== null && left[n] !== exit) || Number.isNaN(confidence[at])) continue;
    given.confidence.push(confidence[at]);
    given.right.push(correct[at]);
  }
  return given;
}

/**
 * How often is right what is so sure: `bins`, each (lower, upper] with count, how many are right,
 * mean confidence and accuracy (NaN where it is empty), and of all answers the ECE as `error`,
 * accuracy and mean confidence. The scheme is "equal-width" or "equal-mass"; no answers, no bins.
 */
export function reliability({ confidence, right }, bins, scheme) {
  const n = confidence.length;
  const numbers = Array.from({ length: n ? bins : 0 }, (_, i) => i + 1);
  const sorted = scheme === "equal-mass" ? Float64Array.from(confidence).sort() : null;
  const upper = numbers.map((k) => (sorted ? sorted[Math.ceil((k * n) / bins) - 1] : k / bins));
  const counts = new Uint32Array(bins);
  const rights = new Float64Array(bins);
  const sums = new Float64Array(bins);
  const gaps = new Float64Array(bins);
  for (let i = 0; i < n; i++) {
    const bin = lowerBound(bins - 1, (k) => upper[k] >= confidence[i]);
    counts[bin]++;
    rights[bin] += right[i];
    sums[bin] += confidence[i];
    gaps[bin] += right[i] - confidence[i];
  }
  const total = (values) => values.reduce((sum, value) => sum + value, 0);
  return {
    n,
    accuracy: total(rights) / n,
    confidence: total(sums) / n,
    error: n ? total(gaps.map(Math.abs)) / n : NaN,
    bins: upper.map((high, k) => ({
      lower: k ? upper[k - 1] : 0,
      upper: high,
      count: counts[k],
      right: rights[k],
      confidence: sums[k] / counts[k],
      accuracy: rights[k] / counts[k],
    })),
  };
}
