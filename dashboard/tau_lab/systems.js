// The systems of a run in the browser: fetched once, then operated at any threshold. No DOM.

import { confidenceBins, emittedCalibrationError } from "./calibration.js";
import {
  atEarlyShare, atScore, atSpeedup, atThreshold, atThresholds, exitCounts, replay, scoreInterval,
  stateAt, thresholdAtSpeedup, tradeoffCurve,
} from "./curve.js";
import { systemsOfStates } from "./states.js";
import { readTensors } from "./tensors.js";

const BINS = 15;
const EDGES = Float64Array.from({ length: BINS + 1 }, (_, i) => i / BINS);
const KEPT = 8; // parcels; switching back and forth between choices fetches nothing
const fetched = new Map();

/** The systems a page is about; `data` is what Python sent (see tau_lab/__init__.py). */
export async function loadSystems(data) {
  if (data.states) return systemsOfStates(data);
  const addresses = [data.scores, data.costs, data.choosing];
  const [scores, costs, choosing] = await Promise.all(addresses.map((one) => one && tensorsAt(one)));
  return data.systems.map((about, i) => assemble(about, i, { scores, costs, choosing }, data));
}

/** All arrays at an address by name, fetched once. */
export function tensorsAt(address) {
  if (!fetched.has(address)) {
    if (fetched.size >= KEPT) fetched.delete(fetched.keys().next().value);
    fetched.set(address, fetchTensors(address));
  }
  return fetched.get(address);
}

async function fetchTensors(address) {
  const response = await fetch(address);
  if (!response.ok) {
    fetched.delete(address);
    throw new Error("The arrays of this run are no longer on the server. Reload the page.");
  }
  return readTensors(await response.arrayBuffer());
}

function assemble(about, i, { scores, costs, choosing }, data) {
  const array = (name) => scores[`${i}/${name}`];
  const correct = array("correct");
  const exits = about.exits.length;
  const confidence = array("confidence") ?? array("scores");
  const system = {
    ...about,
    exitNames: about.exits,
    exits,
    instances: array("scores").length / exits,
    metric: data.metric,
    lowest: about.lowest,
    scores: array("scores"),
    cost: costs[`${i}/cost`],
    reference: costs[`${i}/reference`][0],
    correct,
    hit: array("hit") ?? correct,
    miss: array("miss") ?? correct?.map((right) => 1 - right),
    confidence,
  };
  const bins = memo(() => confidenceBins(confidence, EDGES));
  const curve = memo(() => tradeoffCurve(system));
  const elsewhere = choosing && {
    breakpoints: choosing[`${i}/breakpoints`],
    speedup: choosing[`${i}/speedup`],
    lowest: about.lowest,
  };
  return Object.defineProperties(system, {
    bins: { get: bins },
    curve: { get: curve },
    choosing: { get: () => elsewhere ?? curve() }, // what thresholds are chosen on
  });
}

/** What one system does at a point of its curve: who leaves where, and how good that is. */
export function operate(system, point) {
  if (system.atState) return system.atState(point);
  return judged(system, point, replay(system, point.threshold));
}

/** The same with a threshold for each exit. */
export function operateEach(system, each) {
  const point = atThresholds(system, each);
  return judged(system, point, point.left);
}

function judged(system, point, left) {
  const counts = exitCounts(left, system.exits);
  return {
    ...point,
    left,
    counts,
    interval: interval(system, point.score, left),
    calibrationError: system.correct ? emittedCalibrationError(system, left, BINS) : NaN,
  };
}

/** The speed-up others have to match: the focus's as it is shown, so "2.00×" is met by 2 sharp. */
export const speedupToMatch = (speedup) => Math.floor(100 * speedup) / 100;

/**
 * Every system at the focus's threshold, or at its speed-up; null where that is out of reach. As
 * fast means as fast on the instances that thresholds are chosen on.
 */
export function operateAll(systems, focus, mode, threshold) {
  const { choosing } = focus;
  const wanted = speedupToMatch(choosing.speedup[stateAt(choosing, threshold)]);
  return systems.map((system) => {
    const own = mode === "speedup" && system !== focus;
    const tau = own ? thresholdAtSpeedup(system.choosing, wanted) : threshold;
    return tau === null ? null : operate(system, atThreshold(system.curve, tau));
  });
}

/** The point of a system where it attains what was asked for, or null. */
export function pointFor(system, wanted, value) {
  const lookup = { speedup: atSpeedup, score: atScore, early: atEarlyShare }[wanted];
  return lookup(system.curve, value);
}

/** The lowest and highest speed-up that other systems' can be matched at. */
export const matchable = ({ choosing }) => [choosing.speedup.at(-1), choosing.speedup[0]];

/** The lowest and highest value of what can be asked for. */
export function attainable({ curve }, wanted) {
  const values = {
    speedup: () => [curve.speedup.at(-1), curve.speedup[0]],
    score: () => [curve.score.reduce((a, b) => Math.min(a, b)), curve.best.at(-1)],
    early: () => [0, 1 - curve.deferred[0] / curve.instances],
  };
  return values[wanted]();
}

function interval(system, score, left) {
  if (system.metric === "accuracy") return scoreInterval("accuracy", score, system.instances);
  let counted = 0;
  left.forEach((exit, n) => {
    const at = exit * system.instances + n;
    counted += (system.hit?.[at] ?? 0) + (system.miss?.[at] ?? 0);
  });
  return scoreInterval(system.metric, score, counted);
}

function memo(make) {
  let value;
  return () => (value ??= make());
}
