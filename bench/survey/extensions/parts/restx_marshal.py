"""What the view that needs restx_marshal answers."""


def rows() -> list[int]:
    """Give some rows."""
    return [1, 2]
