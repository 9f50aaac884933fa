"""Whether a statement has its lines to itself, so that they can be replaced whole."""

from __future__ import annotations

import ast

OWN_LINE = "give the import a line of its own"
"""The smallest change where an import does not."""


def stands_alone(text: str, first: int, node: ast.stmt) -> bool:
    """Say whether nothing but white space and a comment is on a statement's lines.

    *text* begins at line *first* of the file that *node* was parsed from.
    """
    lines = text.splitlines()
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    # Columns of ast count UTF-8 bytes.
    before = lines[node.lineno - first].encode()[: node.col_offset].decode()
    after = lines[end_line - first].encode()[end_column:].decode().strip()
    return not before.strip() and (not after or after.startswith("#"))
