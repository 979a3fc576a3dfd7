/** Links in texts of editors. They write /visit/ or the site's full address; below a base both would leave the site
 * for another one: out of a preview to what visitors see. */
import { settings } from './settings';

const attribute =
  /(\s(href|src|srcset|imagesrcset|action|formaction|poster|data|cite|background|style)\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+))/gi;
const tag = /<[a-z][^\s>/]*(?:"[^"]*"|'[^']*'|[^"'>])*>/gi;

/** The HTML with every link into the site below the base. `site` is the site's own address. */
export function below(base: string, site: string, html: string): string {
  const prefix = base.replace(/\/?$/, '/');
  if (prefix === '/') return html;
  const moved = (link: string) => under(prefix, site, link);
  return html.replace(tag, (whole) =>
    whole.replace(attribute, (_, start: string, name: string, double?: string, single?: string, bare?: string) => {
      const quote = single === undefined ? '"' : "'";
      return start + quote + each(name.toLowerCase(), double ?? single ?? bare ?? '', moved) + quote;
    }),
  );
}

function each(name: string, value: string, moved: (link: string) => string): string {
  if (name === 'style') {
    return value.replace(/(url\(\s*(?:&quot;|&#39;|["'])?)([^"')&\s]+)/gi, (_, start: string, link: string) => start + moved(link));
  }
  // In a list of sizes commas part the pictures, and each address ends at a blank.
  if (name.endsWith('srcset')) return value.replace(/(^|,\s+|,(?=\/))(\s*)([^\s,]\S*)/g, (_, comma: string, blank: string, link: string) => comma + blank + moved(link));
  return moved(value);
}

function under(prefix: string, site: string, link: string): string {
  const trimmed = link.trim();
  const isFull = /^(https?:)?\/\//i.test(trimmed);
  if (!isFull && !trimmed.startsWith('/')) return link; // another scheme, an anchor, or seen from the page itself
  if (!URL.canParse(trimmed, site)) return link;
  const to = new URL(trimmed, site);
  if (to.host !== new URL(site).host) return link;
  if (to.pathname.startsWith(prefix) || settings.beside.some((path) => to.pathname.startsWith(path))) return link;
  return isFull ? prefix + (to.pathname + to.search + to.hash).slice(1) : prefix + trimmed.slice(1);
}
