// Everything that can move tau: slider, number, keys, breakpoints, and asking for what it buys.

import { atEarlyShare, shortestIn, stateAt, stateBounds } from "./curve.js";
import { percent, plain, times } from "./numbers.js";
import { attainable, pointFor } from "./systems.js";

const SETTLE = 250; // milliseconds without a key before a keyboard move counts as finished
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -25, PageUp: 25 };
const STEPS = 500; // key steps from one end of the slider to the other

/**
 * Wire the controls inside `root`. `lab` has {tau, focus, range: [low, high], start, scale} and
 * move(tau) (live) and settle() (finished).
 */
export function wireControls(root, lab) {
  const range = root.querySelector("[data-testid=tau-range]");
  const number = root.querySelector("[data-testid=tau-number]");
  const note = root.querySelector("[data-text=note]");
  const say = (sentence) => (note.textContent = sentence);
  const go = (tau) => {
    say("");
    lab.move(clamp(tau, lab.range));
  };
  const finish = (tau) => {
    go(tau);
    lab.settle();
  };

  range.addEventListener("input", () => go(fromSlider(lab, Number(range.value))));
  range.addEventListener("change", () => lab.settle());
  let waiting;
  range.addEventListener("keydown", (event) => {
    const target = keyTarget(event.key, Number(range.value), range);
    if (target === undefined) return;
    event.preventDefault();
    range.value = target;
    go(fromSlider(lab, Number(range.value)));
    clearTimeout(waiting);
    waiting = setTimeout(() => lab.settle(), SETTLE);
  });

  const typed = () => (number.value === "" ? NaN : Number(number.value));
  number.addEventListener("input", () => Number.isNaN(typed()) || go(typed()));
  number.addEventListener("change", () => {
    if (Number.isNaN(typed())) lab.move(lab.tau);
    else finish(typed());
  });

  for (const field of root.querySelectorAll("[data-ask]")) {
    field.addEventListener("change", () => {
      const { tau, sentence } = answer(lab, field.dataset.ask, field.value);
      field.toggleAttribute("aria-invalid", Boolean(sentence));
      if (tau !== undefined) finish(tau);
      say(sentence ?? "");
      if (!sentence) field.value = "";
    });
  }

  const click = (name, act) =>
    root.querySelector(`[data-do=${name}]`).addEventListener("click", act);
  click("previous", () => finish(neighbour(lab, -1)));
  click("next", () => finish(neighbour(lab, 1)));
  click("reset", () => finish(lab.start));
  const scale = root.querySelector("[data-do=scale]");
  scale.addEventListener("change", () => {
    lab.scale = scale.value;
    lab.move(lab.tau);
  });

  return {
    /** Show tau where the controls show it, without touching what a person is just editing. */
    show: () => {
      const [low, high] = lab.scale === "share" ? [0, 1] : lab.range;
      Object.assign(range, { min: low, max: high });
      const active = root.getRootNode().activeElement;
      const position = toSlider(lab, lab.tau);
      if (lab.scale === "threshold" || active !== range) range.value = position;
      range.style.setProperty("--filled", `${(100 * (range.value - low)) / (high - low)}%`);
      if (active !== number) number.value = plain(lab.tau);
      Object.assign(number, { min: lab.range[0], max: lab.range[1] });
    },
    say,
  };
}

// The slider runs from "all leave" to "none leaves early" on both scales.
function fromSlider(lab, position) {
  if (lab.scale === "threshold") return Number(position.toFixed(4));
  const point = atEarlyShare(lab.focus.curve, 1 - position);
  return point ? shortestIn(...stateBounds(lab.focus.curve, point.state)) : lab.range[0];
}

function toSlider(lab, tau) {
  if (lab.scale === "threshold") return tau;
  const { curve } = lab.focus;
  return curve.deferred[stateAt(curve, tau)] / curve.instances;
}

function keyTarget(key, position, { min, max }) {
  if (key === "Home") return Number(min);
  if (key === "End") return Number(max);
  if (!(key in KEYS)) return undefined;
  return position + (KEYS[key] * (max - min)) / STEPS;
}

// One state up or down. Breakpoints outside the offered range are no place to go.
function neighbour(lab, direction) {
  const { curve } = lab.focus;
  const state = stateAt(curve, lab.tau) + direction;
  if (state < 0 || state > curve.breakpoints.length) return lab.tau;
  return shortestIn(...stateBounds(curve, state));
}

const UNITS = { speedup: /[x×]$/i, score: /%$/, early: /%$/ };
const NAMES = { speedup: "a speed-up", score: "a score", early: "a share leaving early" };

function answer(lab, wanted, text) {
  const bare = text.trim().replace(UNITS[wanted], "").replace(",", ".").trim();
  if (!bare) return {};
  const number = Number(bare);
  if (Number.isNaN(number)) return { sentence: `“${text}” is not ${NAMES[wanted]}. Try ${hint(wanted)}.` };
  const share = wanted !== "speedup" && (text.includes("%") || number > 1);
  const point = pointFor(lab.focus, wanted, share ? number / 100 : number);
  if (point) return { tau: shortestIn(...stateBounds(lab.focus.curve, point.state)) };
  const [low, high] = attainable(lab.focus, wanted).map(wanted === "speedup" ? times : (share) => percent(share));
  return {
    sentence: `${lab.focus.name} cannot reach ${NAMES[wanted]} of ${text.trim()}: it attains ${low} to ${high}.`,
  };
}

function hint(wanted) {
  return wanted === "speedup" ? "3x" : "85%";
}

function clamp(value, [low, high]) {
  return Math.min(Math.max(value, low), high);
}
