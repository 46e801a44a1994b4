/** How figures are written. */
import type { Share, Summary } from "./protocol";

/** Never 100 % while something is missing, never 0 % while something ran. */
export function percent([covered, all]: Share): string {
  const exact = all ? (100 * covered) / all : 100;
  const whole = covered === all ? 100 : covered === 0 ? 0 : Math.min(99, Math.max(1, Math.round(exact)));
  return `${whole}%`;
}

/** Lines of a table in Markdown. VS Code sets the columns close: the spaces keep them apart. */
export function table({ statements, branches, conditions, complexity }: Summary): string[] {
  const shares: [string, Share][] = [
    ["statements", statements],
    ["branches", branches],
    ["conditions", conditions],
  ];
  return [
    "| | | |",
    "|:--|--:|--:|",
    ...shares
      .filter(([, [, all]]) => all)
      .map(([name, share]) => `| ${name} | &emsp;${share[0]} of ${share[1]} | &emsp;${percent(share)} |`),
    `| complexity | ${complexity} | |`,
  ];
}
