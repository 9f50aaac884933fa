"""What the view that needs restful answers."""


def rows() -> list[int]:
    """Give some rows."""
    return [1, 2]
