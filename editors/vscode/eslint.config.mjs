import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/"] },
  js.configs.recommended,
  {
    files: ["src/**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", 60],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // import vscode = require("vscode"): of `import * as`, the bundle copies the whole of VS Code's API for each file.
      "@typescript-eslint/no-require-imports": ["error", { allowAsImport: true }],
      // A promise of the editor (Thenable) that nobody waits for is marked with `void`, as any other.
      "@typescript-eslint/no-floating-promises": ["error", { checkThenables: true }],
    },
  },
  {
    files: ["**/*.mjs", "**/*.cjs"],
    languageOptions: {
      globals: Object.fromEntries(
        // node's, and those of the page that parts of the tests are evaluated in
        [
          "process",
          "performance",
          "console",
          "setTimeout",
          "setInterval",
          "clearInterval",
          "require",
          "exports",
          "Buffer",
          "document",
          "getComputedStyle",
          "atob",
        ]
          .concat(["Image", "OffscreenCanvas"])
          .map((name) => [name, "readonly"]),
      ),
    },
  },
);
