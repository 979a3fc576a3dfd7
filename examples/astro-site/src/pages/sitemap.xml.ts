import type { APIRoute } from 'astro';
import { all, escaped, sections, under } from '../site';

// No lastmod of the build's own time: the same content must give the same bytes.
export const GET: APIRoute = async ({ site }) => {
  const entries = await all();
  const paths = ['', ...sections(entries).map((name) => `${name}/`), ...entries.map((entry) => entry.data.url)];
  const urls = [...new Set(paths.map((path) => new URL(under(path), site).href))].sort();
  const body = urls.map((url) => `<url><loc>${escaped(url)}</loc></url>`).join('\n');
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${body}\n</urlset>\n`);
};
