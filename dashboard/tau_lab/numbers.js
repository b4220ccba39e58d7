// How numbers read, as in dashboard/theme.py.

/** tau: at most ten digits. */
export const plain = (tau) => String(Number(tau.toPrecision(10)));

/** A share as per cent. */
export const percent = (share, digits = 1) =>
  Number.isNaN(share) ? "–" : `${(100 * share).toFixed(digits)} %`;

/** A speed-up. */
export const times = (speedup) => (Number.isFinite(speedup) ? `${speedup.toFixed(2)}×` : "∞");

/** A difference, with its sign. */
export const signed = (number, digits) =>
  Number.isNaN(number) ? "–" : `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(digits)}`;

/** What a figure of the lab is saved as: where its threshold is now belongs to the name. */
export const nameAtTau = ({ data, tau }) => `${data.fileName}-tau-${plain(tau)}`;
