// Runs the lab's modules on packed systems and returns everything Python compares with its own.

export const MODULES = ["calibration", "curve", "numbers", "outcomes", "tensors"];

/** `lab` holds the modules named in MODULES; `questions` what to look up. */
export function compute(lab, buffer, { metrics, lowest, questions }) {
  const arrays = lab.tensors.readTensors(buffer);
  return metrics.map((metric, i) => {
    const system = assemble(lab, (name) => arrays[`${i}/${name}`], metric, lowest);
    const curve = lab.curve.tradeoffCurve(system);
    const look = (find, values) => values.map((value) => find(curve, value));
    return {
      breakpoints: [...curve.breakpoints],
      cost: [...curve.cost],
      score: [...curve.score],
      speedup: [...curve.speedup],
      atThreshold: look(lab.curve.atThreshold, questions.thresholds),
      atSpeedup: look(lab.curve.atSpeedup, questions.speedups),
      thresholdAtSpeedup: look(lab.curve.thresholdAtSpeedup, questions.speedups),
      atScore: look(lab.curve.atScore, questions.scores),
      atEarlyShare: look(lab.curve.atEarlyShare, questions.shares),
      replayed: questions.thresholds.map((threshold) => replayed(lab, system, threshold, questions)),
      written: questions.written.map((number) => [lab.numbers.percent(number), lab.numbers.times(number)]),
      staged: questions.stages.map((each) => staged(lab, system, each.slice(-system.exits))),
    };
  });
}

function assemble(lab, array, metric, lowest) {
  const correct = array("correct");
  const scores = array("scores");
  const instances = array("instances")[0];
  const confidence = array("confidence");
  const edges = Float64Array.from({ length: 16 }, (_, i) => i / 15);
  return {
    metric,
    lowest,
    scores,
    instances,
    exits: scores.length / instances,
    cost: array("cost"),
    reference: array("reference")[0],
    correct,
    hit: array("hit") ?? correct,
    miss: array("miss") ?? correct.map((right) => 1 - right),
    confidence,
    bins: lab.calibration.confidenceBins(confidence, edges),
  };
}

function replayed(lab, system, threshold, { schemes, exits }) {
  const left = lab.curve.replay(system, threshold);
  return {
    left: [...left],
    counts: [...lab.curve.exitCounts(left, system.exits)],
    calibrationError: lab.calibration.emittedCalibrationError(system, left, 15),
    reliability: exits.flatMap((exit) => schemes.map((scheme) =>
      lab.calibration.reliability(lab.calibration.answersGiven(system, left, exit), 15, scheme),
    )),
    outcomes: [...lab.outcomes.outcomes(system, left).of],
  };
}

// A threshold for each exit, and where each of the early ones changes something.
function staged(lab, system, each) {
  const { left, ...point } = lab.curve.atThresholds(system, each);
  const early = each.slice(0, -1);
  const stairs = early.map((_, exit) => [...lab.curve.stairsOf(system, each, exit).breakpoints]);
  return { ...point, left: [...left], stairs };
}
