"""The CI file of a site's project: ours with the site's settings filled in, and theirs compared with what is needed."""
