"""The museum's static builder: Python's standard library only, one module per job of the pipeline."""
