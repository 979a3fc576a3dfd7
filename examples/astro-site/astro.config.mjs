import { defineConfig } from 'astro/config';

// SITE_URL   where the site will be served from: canonical addresses, feed and sitemap name it
// SITE_BASE  a path prefix, for previews under one
export default defineConfig({
  site: process.env.SITE_URL || 'https://www.example.org',
  base: process.env.SITE_BASE || '/',
  trailingSlash: 'always',
  build: { format: 'directory', inlineStylesheets: 'never' },
  vite: { build: { assetsInlineLimit: 0 } },
  // Not below node_modules: `npm ci` empties that, and with it the content store and the cursor.
  cacheDir: './.cache/astro',
  // Pays from about a thousand pages on. Every route states a cacheKey with all that its page shows. A build that pulls
  // everything anew also builds every page anew.
  experimental: { incrementalBuild: process.env.INCREMENTAL === '1' && process.env.CONTENT_FULL !== '1' },
});
