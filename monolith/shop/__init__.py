"""A small web shop, the reference monolith."""
