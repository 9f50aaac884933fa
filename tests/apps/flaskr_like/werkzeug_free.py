"""Passwords, hashed with the standard library."""

import hashlib
import hmac


def hashed(password):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), b"blog", 1000).hex()


def matches(stored, password):
    return hmac.compare_digest(stored, hashed(password))
