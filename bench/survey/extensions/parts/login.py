"""What the view that needs login answers."""


def rows() -> list[int]:
    """Give some rows."""
    return [1, 2]
