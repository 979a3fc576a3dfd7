import type { APIRoute } from 'astro';
import { settings } from '../settings';
import { under } from '../site';

export const GET: APIRoute = ({ site }) => {
  const rules = settings.scope === 'live' ? 'Allow: /' : 'Disallow: /';
  return new Response(`User-agent: *\n${rules}\nSitemap: ${new URL(under('sitemap.xml'), site)}\n`);
};
