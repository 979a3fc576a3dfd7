import type { APIRoute } from 'astro';
import { stop } from '../../buildhub';
import { settings } from '../../settings';
import { all, imageName, type Entry } from '../../site';

/** Every image that an entry shows, fetched from the CMS and put beside the pages. */
export async function getStaticPaths() {
  const shown = new Map((await all()).filter((entry) => entry.data.image).map((entry) => [imageName(entry), entry]));
  return [...shown].map(([name, entry]) => ({ params: { name }, props: { entry } }));
}

export const GET: APIRoute<{ entry: Entry }> = async ({ props }) => {
  const { data } = props.entry;
  const reply = await fetch(new URL(data.image, settings.cms || settings.contentApi), {
    headers: settings.cmsToken ? { authorization: `Bearer ${settings.cmsToken}` } : {},
    signal: AbortSignal.timeout(30_000),
  }).catch(() => undefined);
  if (reply?.status === 404 || reply?.status === 410) {
    stop({ class: 'asset_missing', page: data.title, entry: data.key, file: imageName(props.entry) });
  }
  if (!reply?.ok) stop({ class: 'dependency', detail: `the image ${imageName(props.entry)}` });
  return new Response(await reply.arrayBuffer());
};
