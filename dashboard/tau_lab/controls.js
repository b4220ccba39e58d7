// Everything that can move tau: slider, number, keys, breakpoints, and asking for what it buys.

import { atEarlyShare, shortestIn, stateAt, stateBounds } from "./curve.js";
import { percent, plain, times } from "./numbers.js";
import { attainable, pointFor } from "./systems.js";

const SETTLE = 250; // milliseconds without a key before a keyboard move counts as finished
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -25, PageUp: 25 };
const STEPS = 500; // key steps from one end of the slider to the other

/**
 * Wire one slider with its number and the two buttons beside it, all inside `line`; returns what
 * shows its threshold there. `dial` has {tau, range: [low, high], scale, curve: what has breakpoints},
 * move(tau) (live) and settle() (finished).
 */
export function wireSlider(line, dial) {
  const [range, number] = ["range", "number"].map((type) => line.querySelector(`[type=${type}]`));
  const go = (tau) => dial.move(clamp(tau, dial.range));
  const finish = (tau) => {
    go(tau);
    dial.settle();
  };

  range.addEventListener("input", () => go(fromSlider(dial, Number(range.value))));
  range.addEventListener("change", () => dial.settle());
  let waiting;
  range.addEventListener("keydown", (event) => {
    const target = keyTarget(event.key, Number(range.value), range);
    if (target === undefined) return;
    event.preventDefault();
    range.value = target;
    go(fromSlider(dial, Number(range.value)));
    clearTimeout(waiting);
    waiting = setTimeout(() => dial.settle(), SETTLE);
  });

  const typed = () => (number.value === "" ? NaN : Number(number.value));
  number.addEventListener("input", () => Number.isNaN(typed()) || go(typed()));
  number.addEventListener("change", () => {
    if (Number.isNaN(typed())) dial.move(dial.tau);
    else finish(typed());
  });

  onClick(line, "previous", () => finish(neighbour(dial, -1)));
  onClick(line, "next", () => finish(neighbour(dial, 1)));

  /** Show tau without touching what a person is just editing; `buys` says in words what it does. */
  return (buys) => {
    const [low, high] = dial.scale === "share" ? [0, 1] : dial.range;
    Object.assign(range, { min: low, max: high });
    const active = line.getRootNode().activeElement;
    const position = toSlider(dial, dial.tau);
    if (dial.scale === "threshold" || active !== range) range.value = position;
    range.style.setProperty("--filled", `${(100 * (range.value - low)) / (high - low)}%`);
    range.setAttribute("aria-valuetext", `${plain(dial.tau)}: ${buys}`);
    if (active !== number) number.value = plain(dial.tau);
    Object.assign(number, { min: dial.range[0], max: dial.range[1] });
  };
}

/** Wire the one tau of `lab`, a dial as above that also has {focus, start} and say(sentence). */
export function wireControls(root, lab) {
  const finish = (tau) => {
    lab.move(clamp(tau, lab.range));
    lab.settle();
  };
  for (const field of root.querySelectorAll("[data-ask]")) {
    field.addEventListener("change", () => {
      const { tau, sentence } = answer(lab, field.dataset.ask, field.value);
      field.setAttribute("aria-invalid", String(Boolean(sentence)));
      if (tau !== undefined) finish(tau);
      lab.say(sentence ?? "");
      if (!sentence) field.value = "";
    });
  }
  onClick(root, "reset", () => finish(lab.start));
  const scale = root.querySelector("[data-do=scale]");
  scale.addEventListener("change", () => {
    lab.scale = scale.value;
    lab.move(lab.tau);
  });
  return wireSlider(root.querySelector("[data-slider]"), lab);
}

/** Have a button inside `root` do something. */
export function onClick(root, name, act) {
  root.querySelector(`[data-do=${name}]`).addEventListener("click", act);
}

// The slider runs from "all leave" to "none leaves early" on both scales.
function fromSlider({ scale, curve, range }, position) {
  if (scale === "threshold") {
    const atAnEnd = position <= range[0] || position >= range[1]; // which rounding must not move
    return atAnEnd ? position : Number(position.toFixed(digitsOf(range)));
  }
  const point = atEarlyShare(curve, 1 - position);
  return point ? shortestIn(...stateBounds(curve, point.state)) : range[0];
}

// Enough digits for a step of the slider, and four where that is fewer.
function digitsOf([low, high]) {
  const step = (high - low) / STEPS;
  return step > 0 ? Math.min(15, Math.max(4, 1 - Math.floor(Math.log10(step)))) : 15;
}

function toSlider({ scale, curve }, tau) {
  if (scale === "threshold") return tau;
  return curve.deferred[stateAt(curve, tau)] / curve.instances;
}

function keyTarget(key, position, { min, max }) {
  if (key === "Home") return Number(min);
  if (key === "End") return Number(max);
  if (!(key in KEYS)) return undefined;
  return position + (KEYS[key] * (max - min)) / STEPS;
}

// One state up or down. Breakpoints outside the offered range are no place to go.
function neighbour({ curve, tau }, direction) {
  const state = stateAt(curve, tau) + direction;
  if (state < 0 || state > curve.breakpoints.length) return tau;
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

/** The nearest value within [low, high]. */
export function clamp(value, [low, high]) {
  return Math.min(Math.max(value, low), high);
}
