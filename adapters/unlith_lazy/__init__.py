"""Imports that bind on first use, for bundles compiled so."""
