import { createHash } from 'node:crypto';
import { getCollection, type CollectionEntry } from 'astro:content';
import { settings } from './settings';

export type Entry = CollectionEntry<'entries'>;

export const PER_LIST = 20;
export const base = import.meta.env.BASE_URL.replace(/\/?$/, '/');

/** A path of the site below the base: `/news/a/` → `/previews/17/news/a/`. */
export const under = (path: string) => base + path.replace(/^\/+/, '');

/** A total order: equal dates are settled by id, else pages depend on the order in which entries came. */
const newestFirst = (a: Entry, b: Entry) => b.data.date.getTime() - a.data.date.getTime() || (a.id < b.id ? -1 : 1);

/** Entries that have a page of their own, newest first. */
export async function all(): Promise<Entry[]> {
  const found = await getCollection('entries', ({ data }) => data.url.startsWith('/') && data.url !== '/');
  return found.sort(newestFirst);
}

/** The entry whose page is the front page, if the CMS has one. */
export const home = async (): Promise<Entry | undefined> =>
  (await getCollection('entries', ({ data }) => data.url === '/')).sort(newestFirst)[0];

/** The first part of an entry's address: the section it belongs to. */
export const section = (entry: Entry) => entry.data.url.split('/')[1] ?? '';

export const sections = (entries: Entry[]) => [...new Set(entries.map(section))].filter(Boolean).sort();
export const tags = (entries: Entry[]) => [...new Set(entries.flatMap((entry) => entry.data.tags))].sort();
export const slug = (text: string) => text.toLowerCase().normalize('NFKD').replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
export const heading = (text: string) => text.charAt(0).toUpperCase() + text.slice(1).replaceAll('-', ' ');
export const imageName = (entry: Entry) => entry.data.image.split('/').pop() ?? '';

/** What a list shows of an entry: an edit of its body leaves lists as they are. */
export const face = (entry?: Entry) =>
  entry ? JSON.stringify([entry.id, entry.data.title, entry.data.url, entry.data.summary, entry.data.date, entry.data.image, entry.data.imageAlt]) : '';

/** One key for all that a page shows; equal keys, equal pages. */
export const keyOf = (...parts: string[]) => createHash('sha256').update(parts.join('\u0000')).digest('base64url');

/** What stands around every page is part of every page. */
export const frame = (entries: Entry[]) => JSON.stringify([settings.name, settings.isHidden, sections(entries)]);

export const isoDay = (date: Date) => date.toISOString().slice(0, 10);
export const longDay = (date: Date) =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(date);

export const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
