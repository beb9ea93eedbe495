"""Helm values -> how many instances of each service run, and which NATS they use."""

from collections.abc import Iterator, Mapping

from components.inputs.args import MonolithFeatures
from components.inputs.definitions import IGNORED_REPLICA_COUNT, NATS_URL, TRANSPORTER
from components.inputs.replicas import services_of
from components.inputs.urls import nats_url_error
from components.manifests.transporter import nats_url
from components.services import NATS, ROCKETCHAT, SERVICES, Service
from tools.adopt.source import Source
from tools.adopt.translation import Translation
from tools.adopt.variables import Variables, take_reference, take_text


def add_replicas(source: Source, translation: Translation) -> None:
    """Adds `replicas`: those on the cluster, so that a takeover scales nothing.

    For a file of values they are the numbers that its author had in mind, even where the chart
    ignores them.
    """
    translation.config["replicas"] = {}
    for service in services_of(
        microservices=source.microservices, bundled_nats=source.bundled_nats
    ):
        number = _replicas(source, service)
        if number < 1:
            translation.notes.append(
                f"{service.kebab_name}: none runs, and the program runs at least 1."
            )
            number = 1
        translation.set_input(f"replicas.{service.name}", number)
    for path, services, replacement in _ignored_values():
        ignored = source.given(path)
        if ignored is not None:
            translation.ignored.append(
                f"{path}: {ignored} was meant as the number of instances of {services}, but the"
                f" chart ignores it. Use {replacement}, or replicaCount for one number everywhere."
            )


def _replicas(source: Source, service: Service) -> int:
    if service.name in source.running:
        return source.running[service.name]
    number = source.value(".".join(service.replicas))
    if not source.is_running and source.given(".".join(service.replicas)) is None:
        paths = [*service.ignored_replicas, *[IGNORED_REPLICA_COUNT] * service.dedicated]
        ignored = (source.given(path) for path in paths)
        number = next((value for value in ignored if value is not None), number)
    if service is NATS and source.value("nats.cluster.enabled") is False:
        return 1
    return service.default_replicas if number is None else int(number)


def _ignored_values() -> Iterator[tuple[str, str, str]]:
    """Yields each Helm value that the chart ignores, what it was meant for, and its input."""
    yield IGNORED_REPLICA_COUNT, "every dedicated service", "replicas.<service>"
    for service in SERVICES:
        for path in service.ignored_replicas:
            yield path, service.kebab_name, f"replicas.{service.config_name}"


def add_nats(source: Source, variables: Variables, translation: Translation) -> None:
    """Adds how the services find each other; `add_replicas` has to come first."""
    _add_authentication(source, translation)
    reference = take_reference(variables, TRANSPORTER)
    url = take_text(variables, TRANSPORTER, source, translation)
    variables.pop(NATS_URL, None)
    replicas = translation.config["replicas"]
    secret = source.value("nats.existingSecret")
    if url is not None:
        _add_url(source, translation, url)
    elif reference is not None:
        translation.set_input("nats.existing_secret", dict(reference))
        replicas.pop(NATS.config_name, None)
    elif isinstance(secret, Mapping) and secret.get("name"):
        _add_transporter(source, translation, str(secret["name"]), str(secret.get("key", "")))
    elif source.microservices and not source.bundled_nats:
        translation.ignored.append(
            "nats.enabled: false was meant to do without the bundled NATS, but without"
            " nats.existingSecret the services have no bus at all. The bundled one runs from now"
            " on; name another by natsUrl or nats.existingSecret."
        )
        replicas[NATS.config_name] = NATS.default_replicas
    if source.microservices or "nats" in translation.config or "natsUrl" in translation.secrets:
        return
    monoliths = replicas[ROCKETCHAT.config_name]
    if source.bundled_nats and monoliths == 1:
        del replicas[NATS.config_name]
        translation.notes.append(
            "A single monolith needs no NATS: the bundled one is left behind, unused."
        )
    if not source.bundled_nats and monoliths > 1:
        translation.notes.append("Several monoliths need NATS: the bundled one is added.")


def _add_authentication(source: Source, translation: Translation) -> None:
    translation.handled.append("nats.auth")
    several = source.microservices or translation.config["replicas"][ROCKETCHAT.config_name] > 1
    if not (several and source.bundled_nats and source.value("nats.auth.enabled")):
        return
    translation.set_input("nats.authentication", value=True)
    translation.notes.append(
        "nats.auth: the program draws NATS's password and gives it to the services from a Secret;"
        " the users and passwords given here are left out."
    )


def _add_url(source: Source, translation: Translation, transporter: str) -> None:
    """Adds what a transporter among the variables stands for."""
    url = transporter.removeprefix("monolith+")
    if url != transporter and source.microservices:
        translation.set_input("monolith_features", MonolithFeatures.ENABLED.value)
    if source.bundled_nats and url == nats_url(source.release):
        return
    error = nats_url_error(url)
    if error:
        translation.refuse(f"extraEnv {TRANSPORTER}", error)
        return
    translation.set_input("nats_url", url)
    translation.config["replicas"].pop(NATS.config_name, None)
    translation.notes.append(
        f"extraEnv: {TRANSPORTER} was the monolith's alone; every service uses this NATS now."
    )


def _add_transporter(source: Source, translation: Translation, name: str, key: str) -> None:
    """Adds what the transporter in a Secret stands for: an external NATS, or `monolith+`."""
    transporter = source.transporter
    url = (transporter or "").removeprefix("monolith+")
    is_prefixed = transporter is not None and transporter != url
    if source.bundled_nats and url in ("", nats_url(source.release)):
        # The chart has no other way to say `monolith+`; the program has an input for it.
        if transporter is None or is_prefixed:
            translation.set_input("monolith_features", MonolithFeatures.ENABLED.value)
    elif is_prefixed:
        translation.set_input("monolith_features", MonolithFeatures.ENABLED.value)
        translation.set_input("nats_url", url)
    else:
        translation.set_input("nats.existing_secret", {"name": name, "key": key})
        if source.bundled_nats:
            del translation.config["replicas"][NATS.config_name]
            translation.notes.append(
                f"The services use the NATS in Secret {name}; the bundled one is left behind,"
                " unused."
            )
