import type { APIRoute } from 'astro';
import { settings } from '../settings';
import { all, escaped, under } from '../site';

export const GET: APIRoute = async ({ site }) => {
  const dated = (await all()).filter((entry) => entry.data.isDated).slice(0, 20);
  const items = dated.map((entry) => {
    const link = new URL(under(entry.data.url), site);
    const { title, summary, date } = entry.data;
    return `<item><title>${escaped(title)}</title><link>${link}</link><guid>${link}</guid><description>${escaped(summary)}</description><pubDate>${date.toUTCString()}</pubDate></item>`;
  });
  const head = `<title>${escaped(settings.name)}</title><link>${new URL(under(''), site)}</link><description>${escaped(settings.name)}</description>`;
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>${head}\n${items.join('\n')}\n</channel></rss>\n`);
};
