from werkzeug.routing import BaseConverter, ValidationError


class Slug(BaseConverter):
    regex = r"[a-z][a-z0-9-]*"

    def to_python(self, value):
        if value.endswith("-"):
            raise ValidationError
        return value.replace("-", " ")

    def to_url(self, value):
        return value.replace(" ", "-")
