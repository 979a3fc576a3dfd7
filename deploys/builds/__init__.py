"""Builds: what people ask (actions), what the worker does (steps), and the Celery shells between (tasks)."""
