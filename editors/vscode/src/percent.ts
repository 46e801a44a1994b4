import type { Share } from "./protocol";

/** Never 100 % while something is missing, never 0 % while something ran. */
export function percent([covered, all]: Share): string {
  const exact = all ? (100 * covered) / all : 100;
  const whole = covered === all ? 100 : covered === 0 ? 0 : Math.min(99, Math.max(1, Math.round(exact)));
  return `${whole}%`;
}
