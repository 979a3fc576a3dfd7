"""Settings for well-known CMSs: a few plain answers become an HttpJsonConfig."""
