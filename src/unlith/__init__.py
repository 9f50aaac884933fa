"""unlith moves a Flask monolith to AWS Lambda, then takes it apart one route at a time."""

__version__ = "0.1.0"
__all__ = ["__version__"]
