"""Stand-ins for the services around buildhub: a GitLab that runs real jobs, a CMS, and the published sites."""
