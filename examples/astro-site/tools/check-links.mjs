// Follows every link, picture and style sheet of a finished site: node tools/check-links.mjs dist [base]
// Prints what leads nowhere, or out of the base: out of a preview, visitors would land on the live site without a word.
// Exit code 1 when there is any. SITE_URL is the site's own address, SITE_BESIDE paths of its host that belong to no build.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const [folder = 'dist', prefix = process.env.SITE_BASE || '/'] = process.argv.slice(2);
const base = prefix.replace(/\/?$/, '/');
const site = new URL(process.env.SITE_URL || 'https://site.invalid');
const beside = (process.env.SITE_BESIDE ?? '/media/').split(/[\s,]+/).filter(Boolean);
const tag = /<([a-z][^\s>/]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>/gi;
const attribute = /(?:^|\s)([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+))/gi;
const styleUrl = /url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']/gi;
const links = new Set(['href', 'src', 'action', 'formaction', 'poster', 'cite', 'background']);

/** The file behind a path of the site, if there is one. */
function leadsSomewhere(path) {
  let inside = path.slice(base.length);
  try {
    inside = decodeURIComponent(inside);
  } catch {
    // a percent sign of its own: the name as it is written
  }
  const file = join(folder, inside === '' || inside.endsWith('/') ? `${inside}index.html` : inside);
  return existsSync(file) && statSync(file).isFile();
}

const named = { amp: '&', apos: "'", colon: ':', gt: '>', lt: '<', quot: '"', sol: '/' };
const decoded = (text) =>
  text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, number, hex, name) =>
    name ? (named[name.toLowerCase()] ?? whole) : String.fromCodePoint(Math.min(Number(number ?? `0x${hex}`), 0x10ffff)),
  );
const inStyle = (text) => [...text.matchAll(styleUrl)].map(([, url, imported]) => url ?? imported);

/** Everything that a page points to. Comments and the text of scripts point nowhere. */
function* targets(html) {
  const plain = html.replace(/<!--[\s\S]*?-->/g, '').replace(/(<script\b[^>]*>)[\s\S]*?<\/script>/gi, '$1');
  for (const [, , text] of plain.matchAll(/<(style)\b[^>]*>([\s\S]*?)<\/style>/gi)) yield* inStyle(text);
  for (const [, name, rest] of plain.matchAll(tag)) {
    for (const [, written, double, single, bare] of rest.matchAll(attribute)) {
      const called = written.toLowerCase();
      const value = decoded(double ?? single ?? bare);
      if (called === 'style') yield* inStyle(value);
      else if (called.endsWith('srcset')) yield* value.split(/,\s+|,(?=\/)/).map((one) => one.trim().split(/\s+/)[0]);
      else if (called === 'content' && name.toLowerCase() === 'meta') yield* /^\s*\d+\s*;\s*url=(.+)$/i.exec(value)?.slice(1) ?? [];
      else if (links.has(called) || (called === 'data' && name.toLowerCase() === 'object')) yield value.trim();
    }
  }
}

const broken = [];
let count = 0;
function follow(file, found) {
  const here = new URL(`${base}${file.replace(/index\.html$/, '')}`, site);
  for (const target of found) {
    const url = URL.canParse(target, here) ? new URL(target, here) : undefined;
    if (!url || !/^https?:$/.test(url.protocol) || url.host !== site.host) continue;
    if (beside.some((path) => url.pathname.startsWith(path))) continue;
    count += 1;
    if (!url.pathname.startsWith(base)) broken.push({ file, target, why: `leaves ${base}` });
    else if (!leadsSomewhere(url.pathname)) broken.push({ file, target, why: 'leads nowhere' });
  }
}

const files = readdirSync(folder, { recursive: true });
const pages = files.filter((name) => name.endsWith('.html'));
for (const page of pages) follow(page, targets(readFileSync(join(folder, page), 'utf8')));
for (const sheet of files.filter((name) => name.endsWith('.css'))) follow(sheet, inStyle(readFileSync(join(folder, sheet), 'utf8')));

for (const { file, target, why } of broken.slice(0, 50)) console.log(`${file}: ${target} ${why}`);
console.log(`${count} links in ${pages.length} pages, ${broken.length} broken`);
if (broken.length > 0) {
  const [first] = broken;
  const title = /<title>([^<·]*)/.exec(readFileSync(join(folder, first.file), 'utf8'))?.[1]?.trim() ?? first.file;
  console.log(`buildhub:error ${JSON.stringify({ class: 'link_broken', count: broken.length, page: title, detail: `${first.target} ${first.why}` })}`);
  process.exit(1);
}
