// What moves a lab: one tau for all exits, or one for each stage of a cascade. A drive puts the
// lab's setting where its controls show it, and says what systems do there.

import { clamp, onClick, wireControls, wireSlider } from "./controls.js";
import { atThreshold, stairsOf } from "./curve.js";
import { percent, times } from "./numbers.js";
import { operate, operateAll, operateEach } from "./systems.js";

/** One tau: every system at it, or at the speed-up that the focus has there; a pin stays behind. */
export function driveOne(root, lab) {
  const show = wireControls(root, lab);
  const pin = root.querySelector("[data-do=pin]");
  pin.addEventListener("click", () => {
    lab.pin = lab.pin ? null : { system: lab.focus.name, tau: lab.tau };
    lab.draw();
    lab.send("pin", lab.pin);
  });
  return {
    state: "tau",
    take: ({ tau, pin }) => Object.assign(lab, { tau, pin }),
    operate: () => {
      lab.tau = clamp(lab.tau, lab.range);
      return operateAll(lab.systems, lab.focus, lab.data.mode, lab.tau);
    },
    ghost: () => lab.pin && pinned(lab),
    show: (now) => {
      show(`${times(now.speedup)} as fast, ${lab.data.metricTitle} ${percent(now.score)}`);
      pin.textContent = lab.pin ? "Unpin" : "Pin";
      pin.setAttribute("aria-pressed", String(Boolean(lab.pin)));
    },
  };
}

// The ghost keeps its own system, so one system's point can be held against another's.
function pinned({ pin, systems }) {
  const system = systems.find(({ name }) => name === pin.system);
  return system ? operate(system, atThreshold(system.curve, pin.tau)) : null;
}

/** A tau for each exit of the focus but its last: `lab.thresholds`, a slider for each. */
export function driveStages(root, lab) {
  for (const element of root.querySelectorAll("[data-one-tau]")) element.hidden = true;
  const pattern = root.querySelector("[data-slider]");
  const place = document.createElement("div");
  place.className = "lab-stages";
  pattern.replaceWith(place);
  let shows = [];
  onClick(root, "reset", () => {
    lab.thresholds = lab.thresholds.map(() => lab.start);
    lab.draw();
    lab.settle();
  });
  return {
    state: "thresholds",
    take: ({ thresholds, stages }) => {
      lab.thresholds = [...thresholds];
      const lines = stages.map((name, stage) => lineOf(pattern, name, stage + 1));
      place.replaceChildren(...lines);
      shows = lines.map((line, stage) => wireSlider(line, dialOf(lab, stage)));
    },
    operate: () => {
      lab.thresholds = lab.thresholds.map((tau) => clamp(tau, lab.range));
      return [operateEach(lab.focus, [...lab.thresholds, lab.range[0]])];
    },
    ghost: () => null,
    show: ({ counts, left, speedup }) =>
      shows.forEach((show, stage) => {
        show(`${percent(counts[stage] / left.length)} leave here, ${times(speedup)} as fast`);
      }),
  };
}

function dialOf(lab, stage) {
  return {
    scale: "threshold",
    get tau() {
      return lab.thresholds[stage];
    },
    get range() {
      return lab.range;
    },
    get curve() {
      return stairsOf(lab.focus, [...lab.thresholds, lab.range[0]], stage);
    },
    move: (tau) => {
      lab.thresholds[stage] = tau;
      lab.draw();
    },
    settle: () => lab.settle(),
  };
}

function lineOf(pattern, name, number) {
  const line = pattern.cloneNode(true);
  const label = line.querySelector("label");
  const [range, typed] = ["range", "number"].map((type) => line.querySelector(`[type=${type}]`));
  const [all, , none] = line.querySelector(".lab-ends").children;
  label.textContent = `τ after ${name}`;
  label.title = `An answer of ${name} leaves when its exit score is higher`;
  label.htmlFor = range.id = `lab-range-${number}`;
  typed.setAttribute("aria-label", `${label.textContent} as a number`);
  for (const input of [range, typed]) input.dataset.testid += `-${number}`;
  all.textContent = "all leave here";
  none.textContent = "none leaves here";
  return line;
}
