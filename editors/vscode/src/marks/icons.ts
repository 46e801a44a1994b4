/** The gutter's icons, drawn as SVG: shapes differ as well as colours, and bars of neighbouring lines join. */
import vscode = require("vscode");
import type { Mark } from "../protocol";

type Palette = Readonly<Record<Mark, string>>;

const DARK: Palette = {
  covered: "#2ea043",
  partial: "#d29922",
  missed: "#f85149",
  edited: "#58a6ff",
  excluded: "#8b949e",
};
const LIGHT: Palette = {
  covered: "#1a7f37",
  partial: "#bf8700",
  missed: "#cf222e",
  edited: "#0969da",
  excluded: "#8c959f",
};
const HIGH_CONTRAST: Palette = {
  covered: "#3fff6b",
  partial: "#ffd33d",
  missed: "#ff6a69",
  edited: "#79c0ff",
  excluded: "#ffffff",
};
const HIGH_CONTRAST_LIGHT: Palette = {
  covered: "#055d20",
  partial: "#7d4e00",
  missed: "#a40e26",
  edited: "#0349b4",
  excluded: "#292929",
};

/** Each in a square of 16 by 16 that is stretched over the line's height. */
const SHAPES: Readonly<Record<Mark, string>> = {
  covered: '<rect x="10" y="0" width="3" height="16"/>', // a thin bar
  partial: '<path d="M8 0h3.5v8h3.5v8h-3.5v-8h-3.5z"/>', // a chequered bar
  missed: '<rect x="8" y="0" width="7" height="16"/>', // a block
  edited: '<path d="M10 0h3v3h-3zM10 5h3v6h-3zM10 13h3v3h-3z"/>', // a dashed bar
  excluded: '<circle cx="11.5" cy="8" r="2" shape-rendering="auto"/>', // a dot
};

const HEX = /^#[0-9a-f]{3,8}$/i;

export function palette(kind: vscode.ColorThemeKind): Palette {
  switch (kind) {
    case vscode.ColorThemeKind.Light:
      return LIGHT;
    case vscode.ColorThemeKind.HighContrast:
      return HIGH_CONTRAST;
    case vscode.ColorThemeKind.HighContrastLight:
      return HIGH_CONTRAST_LIGHT;
    case vscode.ColorThemeKind.Dark:
      return DARK;
  }
}

/** A mark's icon in a theme's colour, or in the user's own. */
export function icon(mark: Mark, kind: vscode.ColorThemeKind, own?: string): vscode.Uri {
  const color = own && HEX.test(own) ? own : palette(kind)[mark];
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16" preserveAspectRatio="none" ` +
    `id="minicov-${mark}" fill="${color}" shape-rendering="crispEdges">${SHAPES[mark]}</svg>`;
  return vscode.Uri.parse(`data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`);
}
