// What a person sees and does in one window, as functions on its page.
import { until } from "./workbench.mjs";

/** The background of spans in the theme that is used. */
export const SPAN = "rgba(210, 153, 34, 0.15)";

const SOON = 10_000; // ms after which a person would try again
const NUMBERS = ".editor-instance .margin-view-overlays .line-numbers";

/** What the gutter shows: {"18": "partial", …}. Its widgets are placed absolutely: a line's are those with its top. */
export function gutter(page) {
  return page.evaluate((numbersAt) => {
    const seen = {};
    const numbers = [...document.querySelectorAll(numbersAt)];
    for (const widget of document.querySelectorAll(".editor-instance .glyph-margin-widgets > div")) {
      const image = /base64,([^"')]+)/.exec(getComputedStyle(widget).backgroundImage)?.[1];
      const name = image && /id="minicov-(\w+)"/.exec(atob(decodeURIComponent(image)))?.[1];
      const top = widget.getBoundingClientRect().top;
      const number = numbers.find((each) => Math.abs(each.getBoundingClientRect().top - top) < 4);
      if (name && number) {
        seen[number.textContent] = name;
      }
    }
    return seen;
  }, NUMBERS);
}

/** The moment at which the first mark is in the page, by the clock (ms): looked for at each frame, without polling it. */
export async function whenMarked(page) {
  const seen = await page.waitForFunction(
    () =>
      [...document.querySelectorAll(".editor-instance .glyph-margin-widgets > div")].some((widget) =>
        getComputedStyle(widget).backgroundImage.includes("base64,"),
      ) && Date.now(),
  );
  return seen.jsonValue();
}

/** The marks of some lines, as gutter() has them. */
export async function marks(page, ...lines) {
  const seen = await gutter(page);
  return lines.map((line) => seen[line] ?? null);
}

/**
 * The colours really painted left of each line number, read off a screenshot: {"18": ["#d29922"], …}.
 * A canvas in the browser decodes the picture.
 */
export async function paintedColors(page, colors) {
  const boxes = await page.evaluate((numbersAt) => {
    const found = {};
    const margin = document.querySelector(".editor-instance .glyph-margin-widgets")?.getBoundingClientRect();
    for (const number of document.querySelectorAll(numbersAt)) {
      const box = number.getBoundingClientRect();
      if (margin) {
        found[number.textContent] = { x: margin.left, y: box.top, width: box.left - margin.left, height: box.height };
      }
    }
    return found;
  }, NUMBERS);
  const png = (await page.screenshot()).toString("base64");
  const canvas = await page.context().newPage();
  const seen = await canvas.evaluate(
    async ([picture, places, wanted]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${picture}`;
      await image.decode();
      const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
      context.drawImage(image, 0, 0);
      const out = {};
      for (const [line, { x, y, width, height }] of Object.entries(places)) {
        if (width < 1) continue;
        const { data } = context.getImageData(x, y, width, height);
        const found = new Set();
        for (let i = 0; i < data.length; i += 4) {
          found.add(`#${[...data.slice(i, i + 3)].map((v) => v.toString(16).padStart(2, "0")).join("")}`);
        }
        out[line] = wanted.filter((color) => found.has(color));
      }
      return out;
    },
    [png, boxes, colors],
  );
  await canvas.close();
  await page.bringToFront();
  return seen;
}

/** The borders at the left of each line of text, where there is one: {"18": "4px dashed", …}. */
export function edges(page) {
  return page.evaluate((numbersAt) => {
    const seen = {};
    const numbers = [...document.querySelectorAll(numbersAt)];
    for (const each of document.querySelectorAll(".editor-instance .view-overlays .cdr")) {
      const { borderLeftWidth, borderLeftStyle } = getComputedStyle(each);
      const top = each.getBoundingClientRect().top;
      const number = numbers.find((one) => Math.abs(one.getBoundingClientRect().top - top) < 4);
      if (number && parseFloat(borderLeftWidth) > 0 && borderLeftStyle !== "none") {
        seen[number.textContent] = `${borderLeftWidth} ${borderLeftStyle}`;
      }
    }
    return seen;
  }, NUMBERS);
}

/** Clicks left of a line's number. */
export async function clickGutter(page, line) {
  const number = page
    .locator(NUMBERS)
    .filter({ hasText: new RegExp(`^${line}$`) })
    .first();
  const margin = await page.locator(".editor-instance .glyph-margin").first().boundingBox();
  const { y, height } = await number.boundingBox();
  await page.mouse.click(margin.x + 4, y + height / 2);
}

/** Whether what takes the keys is an element of that selector. */
const hasKeyboard = (page, selector) => page.evaluate((wanted) => document.activeElement?.matches(wanted), selector);

const asks = (page) => hasKeyboard(page, ".quick-input-widget *");

/** Presses keys in the text that is open; each only where the text takes it. */
export async function inText(page, ...keys) {
  for (const key of keys) {
    await until(
      `the text takes ${key}`,
      async () => {
        if (await hasKeyboard(page, ".editor-instance .inputarea, .editor-instance .native-edit-context")) {
          return true;
        }
        await page.keyboard.press("Control+1"); // the first group of editors
        return false;
      },
      true,
    );
    await page.keyboard.press(key);
  }
}

/** Has the editor ask for something, and fills it in. A key may come while the window is busy with something else. */
async function ask(page, keys, text) {
  const input = page.locator(".quick-input-widget input").first();
  await until(
    `${keys} asks`,
    async () => {
      await page.keyboard.press(keys);
      return input.fill(text, { timeout: SOON }).then(
        () => true,
        () => page.keyboard.press("Escape"),
      );
    },
    true,
  );
}

const QUICK = ".quick-input-list .monaco-list-row";

/** What is offered, once it has stayed the same for a moment: rows come and move while the window still looks. */
async function offered(page) {
  let before;
  return until(
    "a list that rests",
    async () => {
      const now = (await rows(page, QUICK)).join("\n");
      const rests = now === before;
      before = now;
      return rests;
    },
    true,
    SOON,
  ).catch(() => false);
}

/**
 * Asks, and takes the row with this whole label, by the keyboard: a click may fall on the row that has just moved there.
 * What was typed stands in an element of its own, so a row is not found by any element's text: "test_basket.py" has one
 * that says "basket.py". A window that still starts may close the list, or leave it for the text, where Enter would
 * begin a line; then it is asked again.
 */
async function choose(page, keys, text, label) {
  const focused = page.locator(`${QUICK}.focused .label-name`).first();
  const widget = page.locator(".quick-input-widget").first();
  const isTaken = async () => !(await widget.isVisible()) || (await widget.locator("input").inputValue()) !== text;
  await until(
    `${label} is taken`,
    async () => {
      await ask(page, keys, text);
      await offered(page);
      for (let step = 0; step < 10; step++) {
        const row = await focused.textContent({ timeout: SOON }).catch(() => "");
        if (!(await asks(page))) {
          break;
        }
        if (row === label) {
          await page.keyboard.press("Enter");
          return until("taken", isTaken, true, SOON).catch(() => page.keyboard.press("Escape"));
        }
        await page.keyboard.press("ArrowDown");
      }
      return page.keyboard.press("Escape");
    },
    true,
  );
}

/** Runs a command by its title, as a person does with F1. */
export function command(page, title) {
  return choose(page, "F1", `>${title}`, title);
}

/** Puts the cursor on a line of the file that is open. */
export async function goToLine(page, line) {
  const widget = page.locator(".quick-input-widget");
  await until(
    `the cursor is on line ${line}`,
    async () => {
      await page.keyboard.press("Control+1"); // the first group of editors
      await ask(page, "Control+g", `:${line}`);
      if (!(await asks(page))) {
        return false; // Enter would begin a line
      }
      await page.keyboard.press("Enter"); // nothing takes it as long as the line has not been looked up
      await widget.waitFor({ state: "hidden", timeout: SOON }).catch(() => page.keyboard.press("Escape"));
      return (await cursorLine(page)).startsWith(`Ln ${line},`);
    },
    true,
  );
}

export function cursorLine(page) {
  return page
    .locator(".statusbar-item a")
    .filter({ hasText: /^Ln \d+/ })
    .first()
    .innerText();
}

/** The titles of the code actions at the cursor; the menu stays open. */
export async function codeActions(page) {
  const actions = page.locator(".action-widget .monaco-list-row.action");
  return until(
    "code actions",
    async () => {
      // Right after a start the editor may say that there are none: not all is known yet.
      await page.keyboard.press("Escape");
      await inText(page, "Control+.");
      return actions
        .first()
        .waitFor({ timeout: SOON })
        .then(
          () => actions.allInnerTexts(),
          () => [],
        );
    },
    (titles) => titles.length > 0,
  );
}

/** Takes an action from the open menu, with the keyboard; a menu that has lost it is opened again. */
export async function takeAction(page, title) {
  const focused = page.locator(".action-widget .monaco-list-row.focused");
  for (let step = 0; step < 30; step++) {
    if (!(await hasKeyboard(page, ".action-widget *"))) {
      await codeActions(page);
    } else if ((await focused.count()) && (await focused.first().innerText()).includes(title)) {
      await page.keyboard.press("Enter");
      return;
    } else {
      await page.keyboard.press("ArrowDown");
    }
  }
  throw new Error(`there is no action ${title}`);
}

export function statusBar(page) {
  return page
    .locator("#minicov\\.minicov\\.minicov\\.coverage, [id$='minicov.coverage'].statusbar-item")
    .first()
    .innerText();
}

/** The rows of a tree or list, each on one line. */
export async function rows(page, selector) {
  const texts = await page.locator(selector).allInnerTexts();
  return texts.map((text) => text.replace(/\s+/g, " ").trim()).filter(Boolean);
}

/** Opens a file of the workspace by its name. */
export async function openFile(page, name) {
  const tab = page.locator(`.tab.active[data-resource-name="${name}"]`).first();
  await until(
    `${name} is open`,
    async () => {
      await choose(page, "Control+p", name, name);
      return tab.waitFor({ timeout: SOON }).then(
        () => true,
        () => page.keyboard.press("Escape"),
      );
    },
    true,
  );
}

/** How many spans are drawn with a background of that colour, and how many of them with a dotted line below. */
export function spans(page, color) {
  return page.evaluate((wanted) => {
    const all = [...document.querySelectorAll(".editor-instance .view-overlays .cdr")].map((each) =>
      getComputedStyle(each),
    );
    const tinted = all.filter(({ backgroundColor }) => backgroundColor === wanted);
    return [tinted.length, tinted.filter(({ borderBottomStyle }) => borderBottomStyle === "dotted").length];
  }, color);
}
