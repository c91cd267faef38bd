// Draws Adaptive Cards as Microsoft's own renderer does, and says what it has against them.
// node draw_cards.mjs JOB: {cards: {name: card}, modules, chromium, hosts: {theme: config}, widths, pictures?: {folder, names}}
// It prints {"<name> <theme> <width>": [what is wrong]} for whatever is.
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(path.join(job.modules, "node_modules", "_"));
const { chromium } = require("playwright-core");
const script = (name) => path.join(job.modules, "node_modules", name);
const PAPER = { light: ["#ffffff", "#242424", "#f5f5f5"], dark: ["#292929", "#ffffff", "#141414"] };
const look = ([paper, ink, button]) => `
  body { margin: 0; color: ${ink} } #card { background: ${paper} } .ac-adaptiveCard { background: ${paper} !important }
  a { color: inherit }
  .ac-pushButton { font: 600 14px "Segoe UI", sans-serif; padding: 5px 12px; border-radius: 4px; border: 1px solid #8886;
                   background: ${button}; color: inherit }`;

function draw([card, host]) {
  const { AdaptiveCard, HostConfig, SerializationContext, Versions } = AdaptiveCards;
  AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = markdownit().render(text);
    result.didProcess = true;
  };
  const parsed = new AdaptiveCard();
  parsed.hostConfig = new HostConfig(host);
  const context = new SerializationContext(Versions.v1_5);
  parsed.parse(card, context);
  const against = [];
  for (let i = 0; i < context.eventCount; i++) against.push(context.getEventAt(i).message);
  const place = document.getElementById("card");
  place.replaceChildren(parsed.render());
  for (const each of place.querySelectorAll("*")) {
    const runsOver = each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1;
    if (each.tagName === "SELECT") continue; // a closed list shows as much of its choice as fits
    if (runsOver && getComputedStyle(each).display !== "inline")
      against.push(`${each.className} runs over: ${each.textContent.slice(0, 60)}`);
  }
  return against;
}

const browser = await chromium.launch({ executablePath: job.chromium, args: ["--no-sandbox"] });
const found = {};
for (const [theme, host] of Object.entries(job.hosts))
  for (const width of job.widths) {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    await page.setContent(`<style>${look(PAPER[theme])}</style><div id="card"></div>`);
    await page.addScriptTag({ path: script("adaptivecards/dist/adaptivecards.min.js") });
    await page.addScriptTag({ path: script("markdown-it/dist/markdown-it.min.js") });
    for (const [name, card] of Object.entries(job.cards)) {
      const against = await page.evaluate(draw, [card, host]);
      if (against.length) found[`${name} ${theme} ${width}`] = against;
      if (job.pictures?.names.includes(name)) {
        mkdirSync(job.pictures.folder, { recursive: true });
        const file = path.join(job.pictures.folder, `${name}-${theme}-${width}.png`);
        await page.locator("#card").screenshot({ path: file });
      }
    }
    await page.close();
  }
await browser.close();
console.log(JSON.stringify(found));
