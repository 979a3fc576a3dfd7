"""`python -m publisher`."""

from publisher.command_line import main

if __name__ == "__main__":
    raise SystemExit(main())
