// What became of every instance under one system, as cascade_core/outcomes.py says it. No DOM.

export const OUTCOMES = ["left_right", "harmful", "both_wrong", "needless", "needed"];

/** The outcome of each instance as an index into OUTCOMES, [N], and how many there are of each. */
export function outcomes({ exits, instances, correct }, left) {
  const of = new Uint8Array(instances);
  const counts = new Uint32Array(OUTCOMES.length);
  const last = (exits - 1) * instances;
  for (let n = 0; n < instances; n++) {
    const right = (exit) => correct[exit * instances + n] === 1;
    if (left[n] < exits - 1) of[n] = right(left[n]) ? 0 : correct[last + n] ? 1 : 2;
    else of[n] = anyEarlier(right, exits) ? 3 : 4;
    counts[of[n]]++;
  }
  return { of, counts };
}

function anyEarlier(right, exits) {
  for (let e = 0; e < exits - 1; e++) if (right(e)) return true;
  return false;
}
