// Replay and exact trade-off curves in the browser: the same algorithm and the same decisions as
// cascade_core.replay and cascade_core.tradeoff, on the same float64 scores. Pure: no DOM, no state.
//
// Axes: N instances, E exits, B breakpoints. Arrays [E, N] lie exit by exit, entry e * N + n.
//
// A system is {exits: E, instances: N, metric: "accuracy" | "f1", lowest: threshold offered first,
//   scores: Float64Array [E, N], cost: Float64Array [E] or [E, N] (cumulative), reference: total cost
//   of speed-up 1x, hit, miss: Uint8Array [E, N] (what counts for and against the score, absent
//   without labels)}.

/**
 * The exit each instance leaves at, [N]: the first whose score > threshold, else the last.
 * One threshold for all exits, or an array with one for each, of which the last has no effect.
 */
export function replay(system, threshold, left = new Uint16Array(system.instances)) {
  const { exits, instances, scores } = system;
  left.fill(exits - 1);
  // Exit by exit over those still inside: memory is read in the order in which it lies.
  const inside = new Uint32Array(instances);
  for (let n = 0; n < instances; n++) inside[n] = n;
  let count = instances;
  for (let e = 0; e < exits - 1; e++) {
    const tau = typeof threshold === "number" ? threshold : threshold[e];
    let staying = 0;
    for (let i = 0; i < count; i++) {
      const n = inside[i];
      if (scores[e * instances + n] > tau) left[n] = e; // strict; NaN compares false and stays
      else inside[staying++] = n;
    }
    count = staying;
  }
  return left;
}

/** The curve of a system over all thresholds: state k holds in [breakpoints[k-1], breakpoints[k]). */
export function tradeoffCurve(system) {
  const { exits, instances, hit: hits, miss: misses } = system;
  const moved = moves(system);
  const total = (quantity) => cumulate(moved, instances, quantity);
  const cost = total(costOf(system));
  const hit = hits && total((e, n) => hits[e * instances + n]);
  const miss = misses && total((e, n) => misses[e * instances + n]);
  const score = cost.map((_, k) => (hit ? scoreOf(system.metric, hit[k], miss[k]) : NaN));
  let high = -Infinity;
  return {
    lowest: system.lowest,
    instances,
    breakpoints: moved.breakpoints,
    cost: cost.map((sum) => sum / instances),
    score,
    best: score.map((s) => (high = Math.max(high, s))),
    speedup: cost.map((sum) => system.reference / sum),
    deferred: total((e) => Number(e === exits - 1)),
  };
}

/** What thresholds `each`, one for every exit, buy; it need not be a state of the curve. */
export function atThresholds(system, each) {
  const { exits, instances, hit: hits, miss: misses, metric, reference } = system;
  const left = replay(system, each);
  const total = (quantity) => left.reduce((sum, e, n) => sum + quantity(e, n), 0);
  const at = (counts) => total((e, n) => counts[e * instances + n]);
  const cost = total(costOf(system));
  return {
    thresholds: Array.from(each),
    left,
    score: hits ? scoreOf(metric, at(hits), at(misses)) : NaN,
    cost: cost / instances,
    speedup: reference / cost,
    earlyShare: total((e) => Number(e < exits - 1)) / instances,
  };
}

/** The state of a curve at a threshold. */
export function stateAt(curve, threshold) {
  return lowerBound(curve.breakpoints.length, (k) => curve.breakpoints[k] > threshold);
}

/** What a threshold buys. */
export function atThreshold(curve, threshold) {
  return { ...point(curve, stateAt(curve, threshold)), threshold };
}

/** The highest threshold that is still at least this fast; null when none is. */
export function atSpeedup(curve, speedup) {
  return highest(curve, (k) => curve.speedup[k] >= speedup);
}

/** That threshold alone, of any staircase {breakpoints, speedup, lowest}; null when there is none. */
export function thresholdAtSpeedup(staircase, speedup) {
  const beyond = lowerBound(staircase.speedup.length, (k) => !(staircase.speedup[k] >= speedup));
  return beyond ? thresholdIn(staircase, beyond - 1) : null;
}

/** The highest threshold at which at least this share leaves before the last exit, or null. */
export function atEarlyShare(curve, share) {
  const { instances, deferred } = curve;
  return highest(curve, (k) => (instances - deferred[k]) / instances >= share);
}

/** The fastest point that scores at least this, or null. */
export function atScore(curve, score) {
  const state = lowerBound(curve.best.length, (k) => curve.best[k] >= score);
  return state === curve.best.length ? null : point(curve, state);
}

/** The thresholds of one state, [low, high). */
export function stateBounds(curve, state) {
  const last = curve.breakpoints.length;
  return [thresholdIn(curve, state), state < last ? curve.breakpoints[state] : Infinity];
}

/** The thresholds of one exit at which something changes while all others stay as they are. */
export function stairsOf(system, each, exit) {
  const { instances, scores, lowest } = system;
  const left = replay(system, each.map((tau, e) => (e === exit ? Infinity : tau)));
  const arrived = scores.subarray(exit * instances, (exit + 1) * instances).filter((_, n) => left[n] > exit);
  return { breakpoints: distinct(arrived.filter(Number.isFinite)), lowest };
}

/** How many instances left at each exit, [E]. */
export function exitCounts(left, exits) {
  const counts = new Uint32Array(exits);
  for (const e of left) counts[e]++;
  return counts;
}

/**
 * 95 % interval of a score: Wilson's, of an accuracy over `count` instances. F1 itself is no share,
 * but F1 / (2 - F1) = TP / (TP + FP + FN) is, `count` of them; its interval is turned back.
 */
export function scoreInterval(metric, score, count) {
  if (metric === "accuracy") return wilson(score, count);
  return wilson(score / (2 - score), count).map((share) => (2 * share) / (1 + share));
}

/** 95 % Wilson interval of a share. */
export function wilson(share, count, z = 1.959963984540054) {
  if (!count) return [NaN, NaN];
  const shrink = 1 + (z * z) / count;
  const centre = (share + (z * z) / (2 * count)) / shrink;
  const half = (z * Math.sqrt((share * (1 - share)) / count + (z / (2 * count)) ** 2)) / shrink;
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** The shortest decimal in [low, high): what a person would type for a state's threshold. */
export function shortestIn(low, high) {
  for (let digits = 1; digits < 17; digits++) {
    const scale = 10 ** digits;
    const candidate = Math.ceil(low * scale) / scale;
    if (candidate >= low && candidate < high) return candidate;
  }
  return low;
}

// Instance n leaves at exit e for thresholds in [m(e - 1), m(e)), m the running maximum of its
// scores: only an exit that raises m makes a breakpoint, where n moves on to the next such exit.
function moves({ exits, instances, scores }) {
  const start = new Uint16Array(instances).fill(exits - 1);
  const capacity = (exits - 1) * instances;
  const moments = new Float64Array(capacity);
  const from = new Uint32Array(capacity); // entries e * N + n
  const to = new Uint32Array(capacity);
  let count = 0;
  for (let n = 0; n < instances; n++) {
    let reached = -Infinity;
    let open = -1; // the move that still waits for its destination
    for (let e = 0; e < exits - 1; e++) {
      const score = scores[e * instances + n];
      if (!(score > reached)) continue;
      if (open < 0) start[n] = e;
      else to[open] = e * instances + n;
      open = count++;
      moments[open] = reached = score;
      from[open] = e * instances + n;
    }
    if (open >= 0) to[open] = (exits - 1) * instances + n;
  }
  const breakpoints = distinct(moments.subarray(0, count));
  // No move is sorted: each finds the state it leads to among the sorted breakpoints.
  const state = Uint32Array.from(
    { length: count },
    (_, i) => 1 + lowerBound(breakpoints.length, (k) => breakpoints[k] >= moments[i]),
  );
  return { start, from, to, state, breakpoints };
}

// The total over instances of a quantity(e, n), one per state.
function cumulate({ start, from, to, state, breakpoints }, instances, quantity) {
  const totals = new Float64Array(breakpoints.length + 1);
  const at = (entry) => quantity(Math.floor(entry / instances), entry % instances);
  for (let n = 0; n < instances; n++) totals[0] += quantity(start[n], n);
  for (let i = 0; i < state.length; i++) totals[state[i]] += at(to[i]) - at(from[i]);
  for (let k = 1; k < totals.length; k++) totals[k] += totals[k - 1];
  return totals;
}

// The cost of leaving at exit e, for instance n.
function costOf({ exits, instances, cost }) {
  return cost.length === exits ? (e) => cost[e] : (e, n) => cost[e * instances + n];
}

function scoreOf(metric, hit, miss) {
  if (metric === "accuracy") return hit / (hit + miss);
  return hit ? (2 * hit) / (2 * hit + miss) : 0; // F1 = 2 TP / (2 TP + FP + FN)
}

function highest(curve, holds) {
  const beyond = lowerBound(curve.speedup.length, (k) => !holds(k));
  return beyond ? point(curve, beyond - 1) : null;
}

function point(curve, state) {
  return {
    state,
    threshold: thresholdIn(curve, state),
    score: curve.score[state],
    cost: curve.cost[state],
    speedup: curve.speedup[state],
    earlyShare: (curve.instances - curve.deferred[state]) / curve.instances,
  };
}

function thresholdIn({ breakpoints, lowest }, state) {
  if (state) return breakpoints[state - 1];
  return !breakpoints.length || lowest < breakpoints[0] ? lowest : justBelow(breakpoints[0]);
}

function justBelow(number) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number === 0 ? -Number.MIN_VALUE : number);
  if (number !== 0) view.setBigInt64(0, view.getBigInt64(0) + (number > 0 ? -1n : 1n));
  return view.getFloat64(0);
}

function distinct(values) {
  const sorted = Float64Array.from(values).sort();
  return sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
}

/** The first index in [0, length) where a condition that stays true once true holds; else length. */
export function lowerBound(length, holds) {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
