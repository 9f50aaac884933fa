from flask import g, request


def start():
    g.trail = ["app"]


def stamp(response):
    response.headers["X-Trail"] = ",".join(g.trail)
    if request.endpoint:
        response.headers["X-Endpoint"] = request.endpoint
    return response


def plain_error(error):
    return f"{error.code} {error.name}\n", error.code, {"Content-Type": "text/plain"}
