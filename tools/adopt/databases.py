"""Helm values -> MongoDB, and the licence and the token that come as variables."""

from tools.adopt.differences import differences
from tools.adopt.source import Source
from tools.adopt.translation import Translation
from tools.adopt.unread_values import MEANT
from tools.adopt.variables import Variables, take_reference, take_text

_MONGODB_KEY = "mongo-uri"
_OPLOG = "externalMongodbOplogUrl"
_SECRET_VARIABLES = {"ROCKETCHAT_LICENSE": "license", "REG_TOKEN": "registration_token"}


def add_mongodb(source: Source, variables: Variables, translation: Translation) -> None:
    """Decides between the sources of MongoDB's URL: a variable, a Secret, the chart's, the URL."""
    bundled = bool(source.value("mongodb.enabled"))
    translation.handled.append(_OPLOG)
    if source.value(_OPLOG):
        translation.notes.append(f"{_OPLOG}: is left out. {MEANT[_OPLOG]}")
    _note_bundled(source, translation, bundled=bundled)
    reference = take_reference(variables, "MONGO_URL")
    url = take_text(variables, "MONGO_URL", source, translation)
    existing = source.value("existingMongodbSecret")
    if reference is not None:
        _add_secret(reference["name"], reference["key"], translation)
        return
    if existing and not url:
        if source.given("externalMongodbUrl"):
            translation.notes.append(
                f"existingMongodbSecret: the chart takes MongoDB's URL from Secret {existing};"
                " externalMongodbUrl had no effect and is left out."
            )
        _add_secret(str(existing), _MONGODB_KEY, translation)
        return
    url = url or str(source.value("externalMongodbUrl") or "")
    rendered = source.secret_behind("MONGO_URL")
    if rendered and (source.as_is or bundled or not url):
        _add_secret(rendered, _MONGODB_KEY, translation)
        translation.notes.append(
            f"MongoDB's URL stays in Secret {rendered}, which the chart made. Move it when a"
            " restart suits: `pulumi config set --secret mongodbUrl`."
        )
    elif url:
        translation.set_input("mongodb_url", url)
    else:
        translation.refuse(
            "mongodb",
            "the values name none but the bundled one, which is 6.0, and Rocket.Chat 8 needs 8.0."
            " Name yours by externalMongodbUrl or existingMongodbSecret.",
        )


def add_license(variables: Variables, source: Source, translation: Translation) -> None:
    """Adds the licence and the registration token where they are given as variables."""
    reference = take_reference(variables, "ROCKETCHAT_LICENSE")
    if reference is not None:
        translation.set_input("license_secret", reference["name"])
        translation.set_input("license_secret_key", reference["key"])
    for variable, name in _SECRET_VARIABLES.items():
        if "valueFrom" in variables.get(variable, {}):
            continue
        text = take_text(variables, variable, source, translation)
        if text is not None:
            translation.set_input(name, text)


def _note_bundled(source: Source, translation: Translation, *, bundled: bool) -> None:
    mongodb = source.defaults.get("mongodb")
    if bundled and source.is_running:
        image = source.mongodb_image
        translation.notes.append(
            "The bundled MongoDB stays as it is, but nobody manages it from now on. It runs"
            f" {image or 'the image of the chart, which is 6.0'}, and Rocket.Chat 8 needs MongoDB"
            " 8.0: move to one of your own."
        )
    elif not bundled and set(differences(source.given("mongodb") or {}, mongodb)) - {"enabled"}:
        translation.notes.append("mongodb: the bundled one is off, and its settings are left out.")


def _add_secret(name: str, key: str, translation: Translation) -> None:
    translation.set_input("mongodb_secret", name)
    if key != _MONGODB_KEY:
        translation.set_input("mongodb_secret_key", key)
