"""A small web shop, the reference monolith: a Flask app as teams have them."""
