"""What the view that needs admin answers."""


def rows() -> list[int]:
    """Give some rows."""
    return [1, 2]
