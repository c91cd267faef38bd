// What a person does in the Agents Playground's page: looks at the channel, takes a cause, asks in the personal chat.
// node look_at_teams.mjs ADDRESS FOLDER CHROMIUM PLAYWRIGHT; says "ready" when the channel is open, "done" at the end.
import { pathToFileURL } from 'node:url';

const [address, folder, chromium, playwright] = process.argv.slice(2);
const found = await import(pathToFileURL(playwright));
const browser = await (found.default ?? found).chromium.launch({ executablePath: chromium, args: ['--no-sandbox'] });
const context = await browser.newContext({ viewport: { width: 1400, height: 1100 } });
await context.route(/^(?!http:\/\/(127\.0\.0\.1|localhost))/, (route) => route.abort());
const page = await context.newPage();
page.setDefaultTimeout(40000);
const conversation = { x: 332, y: 48, width: 738, height: 1052 };
const keep = (name) => page.screenshot({ path: `${folder}/${name}.png`, clip: conversation });

// The page draws a card anew when it is edited: a press in that moment is lost, and a person presses again.
async function pressUntil(seen, tries = 5) {
  await page.getByRole('button', { name: 'Ack', exact: true }).first().click();
  await seen.waitFor({ timeout: 15000 }).catch((missed) => { if (tries > 1) return pressUntil(seen, tries - 1); throw missed; });
}

await page.goto(address);
await page.getByText('Connected.').first().waitFor();
await page.getByRole('treeitem', { name: 'Service desk - Backups' }).first().click();
console.log('ready');
await page.getByText('MSP · ACT NOW').first().waitFor();
await page.getByText('“open” lists it').first().waitFor(); // the last to be said: what is above it moves no more
await keep('digest');
await pressUntil(page.getByText('Alex Wilber has it').first());
await keep('taken');
await page.getByRole('treeitem', { name: 'Personal Chat' }).first().click();
await page.getByRole('textbox').first().click();
await page.keyboard.type('client acme');
await page.getByRole('button', { name: 'Send Message' }).click();
await page.getByText('SRV-FILE1').first().waitFor();
await keep('answered');
console.log('done');
await browser.close();
