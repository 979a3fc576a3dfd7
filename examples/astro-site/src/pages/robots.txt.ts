import type { APIRoute } from 'astro';
import { under } from '../site';

// Also of a preview: a page that may not be fetched cannot ask to be left out, and what may go live must say the same.
export const GET: APIRoute = ({ site }) =>
  new Response(`User-agent: *\nAllow: /\nSitemap: ${new URL(under('sitemap.xml'), site)}\n`);
