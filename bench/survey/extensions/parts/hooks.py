"""What the view that needs hooks answers."""


def rows() -> list[int]:
    """Give some rows."""
    return [1, 2]
