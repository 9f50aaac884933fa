"""Flask's edges without Flask: what functions of level pure, and handlers by hand, stand on."""
