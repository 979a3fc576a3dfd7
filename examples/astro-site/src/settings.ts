/** What the build is told from outside; the CI file sets these. */
export const settings = {
  /** Buildhub's content API of this site, such as https://publish.example.org/content/site/entries/ */
  contentApi: process.env.CONTENT_API_URL ?? '',
  contentToken: process.env.CONTENT_API_TOKEN ?? '',
  /** live, or preview: drafts too */
  scope: process.env.CONTENT_SCOPE || 'live',
  /** The build's key: the content is then what that build carries. Empty for a build by hand. */
  build: process.env.BUILDHUB_BUILD ?? '',
  /** 1: forget what earlier builds stored */
  full: process.env.CONTENT_FULL === '1',
  /** Where images are fetched from, and the token for them if they need one */
  cms: process.env.CMS_URL ?? '',
  cmsToken: process.env.CMS_TOKEN ?? '',
  /** Paths of the same host that belong to no build, such as uploads */
  beside: (process.env.SITE_BESIDE ?? '/media/').split(/[\s,]+/).filter(Boolean),
  /** 1: pages ask search engines to stay away, for hosts that cannot say so in a header. Not in what may go live */
  isHidden: process.env.SITE_NOINDEX === '1',
  name: process.env.SITE_NAME || 'Our site',
};
