"""What the view that needs nested answers."""


def rows() -> list[int]:
    """Give some rows."""
    return [1, 2]
