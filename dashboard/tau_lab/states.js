// Systems of which the states of their curves are known and no instance: what a saved page holds
// (dashboard/page_file). They are operated as those of systems.js are. No DOM.

import { scoreInterval, stateBounds } from "./curve.js";

/** The systems of a page; `states` is {arrays, basis, instances}, see page_file/states.py. */
export function systemsOfStates({ states: { arrays, basis, instances }, systems, metric }) {
  return systems.map((about, i) => {
    const array = (name) => arrays[`${i}/${name}`];
    const exits = about.exits.length;
    const [score, counts] = [array("score"), array("counts")]; // [S], [E, S]
    const speedup = array(`speedup/${basis}`);
    let high = -Infinity;
    const curve = {
      lowest: about.lowest,
      instances,
      breakpoints: array("breakpoints"),
      score,
      best: score.map((one) => (high = Math.max(high, one))),
      speedup,
      cost: speedup.map((one) => about.costOfReference[basis] / one),
      deferred: counts.subarray((exits - 1) * score.length),
    };
    const others = array("choosing/breakpoints"); // of instances that thresholds are chosen on
    const choosing = others
      ? { breakpoints: others, speedup: array(`choosing/speedup/${basis}`), lowest: about.lowest }
      : curve;
    const atState = (point) => ({
      ...point,
      // Where states are left out, this one began at a lower threshold than was asked for: say so.
      threshold: about.thinned ? stateBounds(curve, point.state)[0] : point.threshold,
      counts: Array.from({ length: exits }, (_, e) => counts[e * score.length + point.state]),
      interval: scoreInterval(metric, point.score, array("counted")?.[point.state] ?? instances),
      calibrationError: array("error")?.[point.state] ?? NaN,
    });
    return { ...about, exitNames: about.exits, exits, instances, metric, curve, choosing, atState };
  });
}
