"""The contract of Comments."""

from __future__ import annotations

from dataclasses import replace

from shop.domain.catalog import Comment
from shop.domain.ports import Ports
from shop.seed import BEN, START

COMMENT = Comment(1, "grüner-tee", BEN, "Ben", "Fine.\nReally “fine”.", START)


def test_a_comment_is_found_by_its_number(empty: Ports) -> None:
    empty.comments.add(COMMENT)

    assert empty.comments.get(1) == COMMENT
    assert empty.comments.get(2) is None
    assert empty.comments.get(10**30) is None


def test_comments_are_in_the_order_of_their_numbers(empty: Ports) -> None:
    for number in (10, 2, 1):
        empty.comments.add(replace(COMMENT, id=number))
    empty.comments.add(replace(COMMENT, id=3, article="cup"))

    assert [comment.id for comment in empty.comments.all()] == [1, 2, 3, 10]
    assert [comment.id for comment in empty.comments.of("grüner-tee")] == [1, 2, 10]
    assert empty.comments.of("nothing") == ()
