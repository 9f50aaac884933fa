"""The API's photos: bytes in, bytes out, and a thumbnail made in between."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, jsonify, make_response, request, url_for
from flask.typing import ResponseReturnValue

from shop import services
from shop.web.auth import login_required
from shop.web.context import ports

bp = Blueprint("photos", __name__, url_prefix="/api/photos")


@bp.post("")
@login_required
def upload() -> ResponseReturnValue:
    """Keep a picture, sent as the body or as a form's file ``photo``."""
    file = request.files.get("photo")
    data = file.read() if file else request.get_data()
    photo = services.add_photo(ports(), g.user, data)
    links = {
        variant: url_for("photos.download", photo_id=photo, variant=variant)
        for variant in (services.ORIGINAL, services.THUMBNAIL)
    }
    return jsonify(id=photo, **links), 201, {"Location": links[services.ORIGINAL]}


@bp.get("/<uuid:photo_id>/<any(original, thumbnail):variant>")
def download(photo_id: UUID, variant: str) -> ResponseReturnValue:
    """Send a picture, or the part of it that was asked for."""
    picture = services.show_photo(ports(), photo_id, variant)
    response = make_response(picture.data)
    response.content_type = picture.content_type
    response.cache_control.public = True
    response.cache_control.max_age = 3600
    response.add_etag()
    size = len(picture.data)
    return response.make_conditional(request, accept_ranges=True, complete_length=size)
