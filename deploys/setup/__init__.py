"""What admins set: the site, its connection to GitLab, its environments; every change goes into the audit log."""
