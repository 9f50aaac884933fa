"""What the shop refuses, in the shop's own words; nothing here knows of HTTP.

* ShopError
  * NotFound
  * Forbidden
  * LoginFailed
  * Invalid            each field with its problem
  * Conflict           EmailTaken, SlugTaken, OutOfStock, WrongStatus
  * PaymentDeclined
  * UnsupportedImage, BrokenImage
"""

from __future__ import annotations

from collections.abc import Mapping


class ShopError(Exception):
    """The root: everything the shop refuses on purpose."""

    code = "error"

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})


class NotFound(ShopError):
    """There is no such thing."""

    code = "not_found"


class Forbidden(ShopError):
    """This user may not do that."""

    code = "forbidden"


class LoginFailed(ShopError):
    """The e-mail address or the password is wrong; which one is not said."""

    code = "login_failed"


class Invalid(ShopError):
    """What was sent can be read but not accepted; *fields* has every problem."""

    code = "invalid"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("Some fields cannot be accepted.", fields)


class Conflict(ShopError):
    """What was asked does not fit the present state."""

    code = "conflict"


class EmailTaken(Conflict):
    """Somebody has registered with this e-mail address."""

    code = "email_taken"


class SlugTaken(Conflict):
    """Another article has this address or this SKU."""

    code = "slug_taken"


class OutOfStock(Conflict):
    """There are fewer pieces than were asked for."""

    code = "out_of_stock"


class WrongStatus(Conflict):
    """The order is past the point where this was possible."""

    code = "wrong_status"


class PaymentDeclined(ShopError):
    """The payment was refused."""

    code = "payment_declined"


class UnsupportedImage(ShopError):
    """The bytes are no picture of a kind the shop can read."""

    code = "unsupported_image"


class BrokenImage(ShopError):
    """The picture is of the right kind, but damaged or too large."""

    code = "broken_image"
