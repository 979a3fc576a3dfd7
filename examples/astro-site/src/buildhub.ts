/** The words between a build and buildhub: one line in the log each, see buildhub's docs/failures.md. */

export interface Problem {
  class: 'asset_missing' | 'check_failed' | 'content_invalid' | 'dependency' | 'link_broken';
  page?: string;
  entry?: string;
  field?: string;
  file?: string;
  rule?: string;
  check?: string;
  finding?: string;
  edit_url?: string;
  detail?: string;
}

/** Say how far a step is: entries while collecting, pages while building. */
export function progress(done: number, total: number): void {
  console.log(`buildhub:progress ${JSON.stringify({ done, total })}`);
}

/** Say why the build cannot go on, and stop it. */
export function stop(problem: Problem): never {
  console.log(`buildhub:error ${JSON.stringify(problem)}`);
  throw new Error(problem.detail ?? problem.finding ?? problem.class);
}
