"""What the worker does for builds: start, observe, stop, repair, read logs. Each step is safe to run twice."""
