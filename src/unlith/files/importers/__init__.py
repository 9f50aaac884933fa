"""Readers of recordings that other tools made, one module a format; each gives exchanges."""
