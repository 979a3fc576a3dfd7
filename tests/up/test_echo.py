"""What the children log, shown with their names."""

from pathlib import Path

from buildhub.up.echo import Echo


def test_only_new_whole_lines_are_shown(tmp_path: Path) -> None:
    """A line that is still being written waits for its end."""
    log = tmp_path / "web.log"
    log.write_text("before\n")
    shown: list[str] = []
    echo = Echo(shown.append)
    echo.follow("web", log)
    for text, expected in (("", []), ("one\ntw", ["one"]), ("o\n", ["one", "two"])):
        with log.open("a") as file:
            file.write(text)
        echo.show_new_lines()
        assert [line.split()[-1] for line in shown] == expected
    assert shown[0].startswith("web ")


def test_a_log_that_was_set_aside_is_followed_from_its_new_beginning(tmp_path: Path) -> None:
    """The new file is shorter than the old one was."""
    log = tmp_path / "web.log"
    log.write_text("old\n" * 100)
    shown: list[str] = []
    echo = Echo(shown.append)
    echo.follow("web", log)
    log.replace(tmp_path / "web.log.1")
    echo.show_new_lines()
    log.write_text("new\n")
    echo.show_new_lines()
    assert [line.split()[-1] for line in shown] == ["new"]
