import type { Loader } from 'astro/loaders';
import { progress, stop } from '../buildhub';
import { below } from '../links';
import { settings } from '../settings';

// Astro empties its content store when its own version, its configuration or the schema changes, but not when this
// file does. Count it up whenever the same answer would be stored in another way.
const LOADER_VERSION = '3';

interface Item {
  id: string;
  key: string;
  kind: string;
  title: string;
  url: string;
  digest: string;
  marker: string;
  is_published: boolean;
  publish_at: string | null;
  changed_at: string | null;
  fields: Record<string, unknown>;
}

interface Answer {
  full: boolean;
  items: Item[];
  deleted: string[];
  more: boolean;
  cursor: string;
}

/** Entries from buildhub's content API: all of them at first, afterwards only what differs since the last build. */
export function buildhub(): Loader {
  return {
    name: 'buildhub',
    async load({ store, meta, logger, config, parseData, renderMarkdown }) {
      const where = `${config.site} ${config.base}`; // links are stored as they are on this site
      const place = `${LOADER_VERSION} ${settings.contentApi} ${settings.scope} ${where}`;
      // One cursor at a time: what was stored of another scope, drafts say, is forgotten with the first full answer.
      let cursor = !settings.full && meta.get('place') === place ? (meta.get('cursor') ?? '') : '';
      const seen = new Set<string>();
      let answer: Answer;
      let isFull = false;
      let requests = 0;
      do {
        answer = await ask(cursor);
        requests += 1;
        isFull = answer.full;
        for (const item of answer.items) {
          seen.add(item.id);
          refuseDraft(item);
          const digest = `${LOADER_VERSION} ${item.digest} ${item.marker} ${where}`;
          if (!settings.full && store.get(item.id)?.digest === digest) continue;
          const text = typeof item.fields.body === 'string' ? item.fields.body : '';
          const data = await parseData({ id: item.id, data: fit(item) });
          const rendered = isHtml(text) ? { html: text } : await renderMarkdown(withTableHeads(text));
          store.set({ id: item.id, data, rendered: { ...rendered, html: below(config.base, config.site ?? '', rendered.html) }, digest });
        }
        for (const id of answer.deleted) store.delete(id);
        cursor = answer.cursor;
        progress(seen.size, answer.more ? seen.size + 1 : seen.size);
      } while (answer.more);
      if (isFull) for (const id of store.keys()) if (!seen.has(id)) store.delete(id);
      meta.set('place', place); // last: a build that failed before asks for the same again
      meta.set('cursor', cursor);
      logger.info(`${isFull ? 'everything' : 'what differs'}: ${requests} requests, ${seen.size} entries, ${store.keys().length} held`);
    },
  };
}

async function ask(cursor: string): Promise<Answer> {
  if (!settings.contentApi) stop({ class: 'dependency', detail: 'CONTENT_API_URL is not set' });
  const address = new URL(settings.contentApi);
  address.searchParams.set('limit', '500');
  address.searchParams.set('scope', settings.scope);
  if (cursor) address.searchParams.set('since', cursor);
  if (settings.build) address.searchParams.set('build', settings.build);
  const problem = (detail: string) => stop({ class: 'dependency', detail });
  let reply: Response | undefined;
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    reply = await fetch(address, {
      headers: { accept: 'application/json', authorization: `Bearer ${settings.contentToken}` },
      signal: AbortSignal.timeout(30_000),
    }).catch(() => undefined);
    if (reply && reply.status < 500) break;
    await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
  }
  if (!reply) return problem('the content API does not answer');
  if (!reply.ok) return problem(`the content API answered ${reply.status}`);
  return (await reply.json()) as Answer;
}

/** What is built for visitors holds nothing that they may not see, whatever the answer says. */
function refuseDraft(item: Item): void {
  if (settings.scope === 'preview' || item.is_published) return;
  const { title: page, key: entry } = item;
  stop({ class: 'check_failed', page, entry, check: 'no drafts for visitors', finding: 'This is a draft, and visitors would see it' });
}

/** The CMS's own field names in the names that the pages use. Adapt this to your CMS. */
function fit(item: Item) {
  const { fields } = item;
  const text = (name: string) => (typeof fields[name] === 'string' ? (fields[name] as string) : '');
  const author = fields.author as { name?: string } | string | null | undefined;
  return {
    key: item.key,
    marker: item.marker,
    kind: item.kind,
    title: item.title,
    url: item.url,
    summary: text('summary'),
    image: text('image'),
    imageAlt: text('image_alt'),
    author: (typeof author === 'string' ? author : author?.name) ?? '',
    tags: Array.isArray(fields.tags) ? fields.tags.map(String) : [],
    date: item.publish_at ?? item.changed_at ?? '1970-01-01T00:00:00Z',
    isDated: item.publish_at !== null,
  };
}

const isHtml = (text: string) => /<(p|h[1-6]|ul|ol|figure|div|blockquote)\b/i.test(text);

/** Editors write tables without the line of dashes that Markdown wants below the first row. */
function withTableHeads(text: string): string {
  const isRow = (line?: string) => line !== undefined && /^\|.*\|$/.test(line.trim());
  const lines = text.split('\n');
  return lines
    .flatMap((line, n) => {
      const isFirst = isRow(line) && !isRow(lines[n - 1]);
      const needsDashes = isFirst && isRow(lines[n + 1]) && !/^[|\s:-]+$/.test(lines[n + 1] ?? '');
      return needsDashes ? [line, line.replace(/[^|]+/g, ' --- ')] : [line];
    })
    .join('\n');
}
