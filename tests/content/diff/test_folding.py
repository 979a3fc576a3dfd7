"""What may be folded on a page."""

from __future__ import annotations

from deploys.content.diff import compare_text, fold


def paragraphs(changed: dict[int, str]) -> str:
    """20 paragraphs, some of them other than usual."""
    return "\n\n".join(changed.get(at, f"Paragraph {at} says what it always said.") for at in range(20))


def test_unchanged_blocks_far_from_changes_are_folded() -> None:
    """One block of context stays at each side of a change; every block is in some run."""
    diff = compare_text(paragraphs({}), paragraphs({10: "Paragraph 10 says something else."}))
    runs = fold(diff.blocks)
    assert [(run.folded, len(run.blocks)) for run in runs] == [(True, 9), (False, 3), (True, 8)]
    assert [block.block for run in runs for block in run.blocks] == list(diff.blocks)


def test_a_single_block_is_not_worth_folding() -> None:
    """Between two shown blocks it is shown too."""
    diff = compare_text(paragraphs({}), paragraphs({4: "Paragraph 4 speaks.", 8: "Paragraph 8 speaks."}))
    assert [(run.folded, len(run.blocks)) for run in fold(diff.blocks)] == [(True, 3), (False, 7), (True, 10)]


def test_more_context_shows_more() -> None:
    """With everything in reach nothing is folded."""
    diff = compare_text(paragraphs({}), paragraphs({10: "Paragraph 10 speaks."}))
    assert [run.folded for run in fold(diff.blocks, context=20)] == [False]


def test_nothing_changed_folds_all() -> None:
    """One folded run, and no run for no blocks."""
    assert [run.folded for run in fold(compare_text(paragraphs({}), paragraphs({})).blocks)] == [True]
    assert fold([]) == ()


def test_long_unchanged_words_within_a_block_are_folded() -> None:
    """The words next to the change stay, and the pieces together are the whole text."""
    text = " ".join(f"word{at}" for at in range(200))
    diff = compare_text(f"{text} end here", f"{text} stop here")
    (run,) = fold(diff.blocks)
    pieces = run.blocks[0].pieces
    assert [piece.folded for piece in pieces] == [True, False, False, False, False]
    assert "".join(piece.op.text for piece in pieces) == diff.blocks[0].text


def test_a_fold_is_plain_data() -> None:
    """Runs, blocks and pieces go to JSON."""
    (run,) = fold(compare_text("a b", "a c").blocks)
    assert run.as_json()["blocks"][0]["pieces"][0] == {
        "op": {"kind": "same", "text": "a ", "note": ""},
        "folded": False,
    }
