// Follows every link, image and style sheet of a finished site: node tools/check-links.mjs dist [base]
// Prints what leads nowhere, or out of the base; exit code 1 when there is any.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const [folder = 'dist', prefix = process.env.SITE_BASE || '/'] = process.argv.slice(2);
const base = prefix.replace(/\/?$/, '/');
const pages = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.html'));
const attribute = /<(?:a|area|link|img|script|source|form)\b[^>]*?\s(?:href|src|action)=(?:"([^"]*)"|'([^']*)')/gi;

/** The file behind a path of the site, if there is one. */
function leadsSomewhere(path) {
  const inside = decodeURIComponent(path.slice(base.length));
  const file = join(folder, inside === '' || inside.endsWith('/') ? `${inside}index.html` : inside);
  return existsSync(file) && statSync(file).isFile();
}

const broken = [];
let count = 0;
for (const page of pages) {
  const html = readFileSync(join(folder, page), 'utf8');
  const here = new URL(`${base}${page.replace(/index\.html$/, '')}`, 'https://site.invalid');
  for (const [, double, single] of html.matchAll(attribute)) {
    const target = (double ?? single).replaceAll('&amp;', '&');
    const url = URL.canParse(target, here) ? new URL(target, here) : undefined;
    if (!url || url.host !== here.host) continue;
    count += 1;
    if (!url.pathname.startsWith(base)) broken.push({ page, target, why: `leaves ${base}` });
    else if (!leadsSomewhere(url.pathname)) broken.push({ page, target, why: 'leads nowhere' });
  }
}
for (const { page, target, why } of broken.slice(0, 50)) console.log(`${page}: ${target} ${why}`);
console.log(`${count} links in ${pages.length} pages, ${broken.length} broken`);
if (broken.length > 0) {
  const [first] = broken;
  const title = /<title>([^<·]*)/.exec(readFileSync(join(folder, first.page), 'utf8'))?.[1]?.trim() ?? first.page;
  console.log(`buildhub:error ${JSON.stringify({ class: 'link_broken', count: broken.length, page: title, detail: `${first.target} ${first.why}` })}`);
  process.exit(1);
}
