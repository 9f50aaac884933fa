"""One module a view: what each answers."""
