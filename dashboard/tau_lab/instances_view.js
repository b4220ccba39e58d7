// The instances page's part of the lab: how many fall in each outcome, and the trace of one instance.

import { outcomes, OUTCOMES } from "./outcomes.js";
import { percent, plain } from "./numbers.js";
import { createTrace } from "./trace.js";

export function instancesView(container, lab) {
  container.innerHTML = `
    <div class="lab-chips" role="group" aria-label="Outcomes at this threshold"></div>
    <div class="lab-plot"></div><ul class="lab-answers"></ul>`;
  const plot = container.querySelector(".lab-plot");
  const answers = container.querySelector(".lab-answers");
  const chips = createChips(container.querySelector(".lab-chips"), lab);
  const trace = createTrace(plot, lab, (i) => lab.now[i].left[lab.data.trace.instance]);

  return {
    update: async () => {
      lab.outcome = lab.data.outcome;
      plot.hidden = !lab.data.trace;
      const told = lab.data.trace ? lab.systems : [];
      answers.replaceChildren(...told.map(() => document.createElement("li")));
      // Before the trace is there: tau may be moved meanwhile.
      if (lab.data.trace) await trace.update();
    },
    show: () => {
      chips.show();
      if (!lab.data.trace) return;
      trace.show();
      lab.systems.forEach((system, i) => {
        answers.children[i].textContent = answerSentence(lab, system, i);
      });
    },
    remove: trace.remove,
  };
}

function createChips(group, lab) {
  const buttons = OUTCOMES.map((outcome) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.testid = `outcome-${outcome}`;
    button.innerHTML = `<i class="lab-dot"></i><span></span> <b></b>`;
    button.addEventListener("click", () => {
      lab.outcome = lab.outcome === outcome ? null : outcome;
      lab.tell("outcome", lab.outcome ?? "none");
      show();
    });
    return button;
  });
  group.replaceChildren(...buttons);

  const show = () => {
    const { systems, focus, now, data } = lab;
    group.hidden = !focus.correct;
    if (!focus.correct) return;
    const { counts } = outcomes(focus, now[systems.indexOf(focus)].left);
    buttons.forEach((button, i) => {
      const { title, meaning, color } = data.outcomes[OUTCOMES[i]];
      const [dot, name, count] = button.children;
      dot.style.background = color;
      name.textContent = title;
      button.title = `${percent(counts[i] / focus.instances)}. ${meaning}`;
      count.textContent = counts[i];
      button.setAttribute("aria-pressed", String(lab.outcome === OUTCOMES[i]));
    });
  };
  return { show };
}

function answerSentence({ data, now }, system, i) {
  if (!now[i]) return `${system.name} cannot be this fast.`;
  const exit = now[i].left[data.trace.instance];
  const answer = data.trace.panels[i].answers[exit];
  const right = system.correct?.[exit * system.instances + data.trace.instance];
  const verdict = right === undefined ? "" : right ? ", right" : ", wrong";
  const where = system.exits > 1 ? ` at ${system.exitNames[exit]} (τ ${plain(now[i].threshold)})` : "";
  return `${system.name} answers “${answer}”${where}${verdict}.`;
}
