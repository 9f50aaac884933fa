"""What the shop knows and decides, with the standard library only; no web, no storage."""
