// The tau lab: one slider, everything moves. Holds tau, hands it to the controls, the read-outs and
// the page's view at every input event, and tells Python when the movement is over.

import { driveOne, driveStages } from "./drives.js";
import { instancesView } from "./instances_view.js";
import { liveView } from "./live_view.js";
import { percent, plain, rough, signed, times, written } from "./numbers.js";
import { fetchFigure, loadPlotly } from "./plot.js";
import { reliabilityView } from "./reliability_view.js";
import { representationsView } from "./representations_view.js";
import { loadSystems } from "./systems.js";
import { tradeoffView } from "./tradeoff_view.js";

const VIEWS = {
  tradeoff: tradeoffView,
  reliability: reliabilityView,
  representations: representationsView,
  instances: instancesView,
  live: liveView,
  compose: tradeoffView,
};

/** Called by Streamlit when the lab appears and whenever what Python sends has changed. */
export async function mount(component) {
  const place = component.parentElement;
  place.lab ??= createLab(place);
  const { lab } = place;
  const call = (lab.calls += 1);
  await lab.update(component, call);
  // Streamlit also runs this for a call that a later one has overtaken: that must change nothing.
  return () => call === lab.calls && lab.view?.remove();
}

function createLab(place) {
  const root = place.querySelector(".lab");
  const lab = { calls: 0, scale: "threshold", tau: NaN, thresholds: [], pin: null };
  Object.defineProperty(lab, "curve", { get: () => lab.focus.curve });

  lab.update = async ({ data: [data], setStateValue, setTriggerValue }, call) => {
    // All at once; the view asks for plotly.js and the figure again and finds them there.
    const needed = [loadSystems(data), loadPlotly(data.plotly), fetchFigure(data.figure)];
    const [systems] = await Promise.all(needed);
    if (call !== lab.calls) return;
    const focus = systems.find((system) => system.name === data.focus);
    const { range, start } = data;
    // With its moment: Streamlit takes the same value again for no news, though Python changed it since.
    const send = (name, value) => setStateValue(name, { value, moment: Date.now() });
    Object.assign(lab, { data, systems, focus, range, start, send, tell: setTriggerValue });
    lab.drive ??= (data.stages ? driveStages : driveOne)(root, lab);
    if (lab.stamp !== data.stamp) {
      // Python means this tau, from a link or another page. Otherwise the browser knows better.
      lab.stamp = data.stamp;
      lab.drive.take(data);
      lab.settled = String(lab[lab.drive.state]);
    }
    root.hidden = false;
    place.querySelector(".lab-wait").hidden = true;
    lab.view ??= VIEWS[data.view](root.querySelector(".lab-view"), lab);
    await lab.view.update();
    lab.drawn = true;
    if (call !== lab.calls) return;
    lab.draw();
    root.dataset.ready = data.stamp;
  };

  lab.draw = () => {
    lab.say("");
    lab.now = lab.drive.operate();
    lab.ghost = lab.drive.ghost();
    lab.drive.show(lab.now[lab.systems.indexOf(lab.focus)]);
    showReadouts(root, lab);
    if (lab.drawn) lab.view.show(); // tau may be moved before there is a figure to move
    root.dataset.moves = Number(root.dataset.moves ?? 0) + 1;
  };

  lab.move = (tau) => {
    lab.tau = tau;
    lab.draw();
  };

  lab.settle = () => {
    const { state } = lab.drive;
    if (lab.settled === String(lab[state])) return;
    lab.settled = String(lab[state]);
    lab.send(state, lab[state]);
  };

  lab.say = (sentence) => (root.querySelector("[data-text=note]").textContent = sentence);
  return lab;
}

function showReadouts(root, { data, focus, systems, now: all, ghost, pin }) {
  const now = all[systems.indexOf(focus)];
  const put = (name, text) => {
    for (const place of root.querySelectorAll(`[data-text=${name}]`)) place.textContent = text;
  };
  const read = (name, text) =>
    (root.querySelector(`[data-testid=readout-${name}]`).textContent = text);
  const note = (name, text, change, unit = " points") =>
    put(`${name}-note`, ghost ? `${signed(...change(now, ghost))}${unit} against the pin` : text);
  const [low, high] = now.interval;
  const early = focus.instances - now.counts.at(-1);

  put("criterion", `leave where the score exceeds τ · score: ${data.criterionTitle}`);
  put("threshold-title", `τ for ${focus.name}`);
  put("speedup-title", data.basisTitle);
  put("score-title", data.metricTitle);
  put("ask-score", data.metricTitle);
  read("tau", written(now));
  read("speedup", times(now.speedup));
  read("score", percent(now.score));
  read("early", percent(now.earlyShare));
  read("ece", percent(now.calibrationError));
  put("threshold-note", ghost ? `pinned: ${pin.system} at ${plain(pin.tau)}` : `from ${rough(data.range[0])} to ${rough(data.range[1])}`);
  note("speedup", `1× is ${data.reference}`, (a, b) => [a.speedup - b.speedup, 2], "×");
  note("score", `95 %: ${percent(low)} to ${percent(high)}`, (a, b) => [100 * (a.score - b.score), 1]);
  note("early", `${early} of ${focus.instances}`, (a, b) => [100 * (a.earlyShare - b.earlyShare), 1]);
  note("ece", "ECE of the answers given", (a, b) => [
    100 * (a.calibrationError - b.calibrationError),
    1,
  ]);
}
