// The tau lab: one slider, everything moves. Holds tau, hands it to the controls, the read-outs and
// the page's view at every input event, and tells Python when the movement is over.

import { wireControls } from "./controls.js";
import { instancesView } from "./instances_view.js";
import { liveView } from "./live_view.js";
import { percent, plain, signed, times } from "./numbers.js";
import { fetchFigure, loadPlotly } from "./plot.js";
import { loadSystems, operate, operateAll } from "./systems.js";
import { atThreshold } from "./curve.js";
import { tradeoffView } from "./tradeoff_view.js";

const VIEWS = { tradeoff: tradeoffView, instances: instancesView, live: liveView };

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
  const lab = { calls: 0, scale: "threshold", tau: NaN, pin: null, stamp: undefined, settled: NaN };

  lab.update = async ({ data: [data], setStateValue }, call) => {
    // All at once; the view asks for plotly.js and the figure again and finds them there.
    const needed = [loadSystems(data), loadPlotly(data.plotly), fetchFigure(data.figure)];
    const [systems] = await Promise.all(needed);
    if (call !== lab.calls) return;
    const focus = systems.find((system) => system.name === data.focus);
    const { range, start } = data;
    Object.assign(lab, { data, systems, focus, range, start, send: setStateValue });
    if (lab.stamp !== data.stamp) {
      // Python means this tau, from a link or another page. Otherwise the browser knows better.
      const { stamp, tau, pin } = data;
      Object.assign(lab, { stamp, tau, pin, settled: tau });
    }
    root.hidden = false;
    place.querySelector(".lab-wait").hidden = true;
    lab.controls ??= wireControls(root, lab);
    lab.pinButton ??= wirePin(root, lab);
    lab.view ??= VIEWS[data.view](root.querySelector(".lab-view"), lab);
    await lab.view.update();
    if (call !== lab.calls) return;
    lab.move(Math.min(Math.max(lab.tau, range[0]), range[1]));
    root.dataset.ready = data.stamp;
  };

  lab.move = (tau) => {
    lab.tau = tau;
    lab.now = operateAll(lab.systems, lab.focus, lab.data.mode, tau);
    lab.ghost = lab.pin && pinned(lab);
    lab.controls.show();
    showReadouts(root, lab);
    lab.view.show();
    root.dataset.moves = Number(root.dataset.moves ?? 0) + 1;
  };

  lab.settle = () => {
    if (lab.tau === lab.settled) return;
    lab.settled = lab.tau;
    lab.send("tau", lab.tau);
  };
  return lab;
}

// The ghost keeps its own system, so one system's point can be held against another's.
function pinned({ pin, systems }) {
  const system = systems.find(({ name }) => name === pin.system);
  return system ? operate(system, atThreshold(system.curve, pin.tau)) : null;
}

function wirePin(root, lab) {
  const button = root.querySelector("[data-do=pin]");
  button.addEventListener("click", () => {
    lab.pin = lab.pin ? null : { system: lab.focus.name, tau: lab.tau };
    lab.move(lab.tau);
    lab.send("pin", lab.pin);
  });
  return button;
}

function showReadouts(root, { data, focus, systems, now: all, ghost, pin, pinButton }) {
  const now = all[systems.indexOf(focus)];
  const put = (name, text) => (root.querySelector(`[data-text=${name}]`).textContent = text);
  const read = (name, text) =>
    (root.querySelector(`[data-testid=readout-${name}]`).textContent = text);
  const note = (name, text, change) =>
    put(`${name}-note`, ghost ? `${signed(...change(now, ghost))} against the pin` : text);
  const [low, high] = now.interval;
  const early = focus.instances - now.counts.at(-1);

  put("criterion", `leave where the score exceeds τ · score: ${data.criterionTitle}`);
  put("threshold-title", `τ for ${focus.name}`);
  put("speedup-title", data.basisTitle);
  put("score-title", data.metricTitle);
  put("ask-score", data.metricTitle);
  read("tau", plain(now.threshold));
  read("speedup", times(now.speedup));
  read("score", percent(now.score));
  read("early", percent(now.earlyShare));
  read("ece", percent(now.calibrationError));
  put("threshold-note", ghost ? `pinned: ${pin.system} at ${plain(pin.tau)}` : `from ${plain(data.range[0])} to ${plain(data.range[1])}`);
  note("speedup", `1× is ${data.reference}`, (a, b) => [a.speedup - b.speedup, 2]);
  note("score", `95 %: ${percent(low)} to ${percent(high)}`, (a, b) => [100 * (a.score - b.score), 1]);
  note("early", `${early} of ${focus.instances}`, (a, b) => [100 * (a.earlyShare - b.earlyShare), 1]);
  note("ece", "ECE of the answers given", (a, b) => [
    100 * (a.calibrationError - b.calibrationError),
    1,
  ]);
  pinButton.textContent = pin ? "Unpin" : "Pin";
  pinButton.setAttribute("aria-pressed", String(Boolean(pin)));
  root
    .querySelector("[data-testid=tau-range]")
    .setAttribute(
      "aria-valuetext",
      `${plain(now.threshold)}: ${times(now.speedup)} as fast, ${data.metricTitle} ${percent(now.score)}`,
    );
}
