"""What the view that needs restx answers."""


def rows() -> list[int]:
    """Give some rows."""
    return [1, 2]
