"""Rendered environments against the spec, and against what the images read."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.inputs.definitions import CERTIFICATES
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, find_container, find_env, kind_and_name
from components.manifests.image_variables import (
    RETRIES,
    RETRY_DELAY,
    SHARED,
    is_ignored,
    misread_variables,
    shared_value,
)
from components.manifests.mismatch import Mismatch
from components.manifests.trusted_certificates import certificates_file
from components.manifests.variables import variable_entries
from components.manifests.workloads import service_workloads
from components.services import NATS, QUEUE_WORKER, ROCKETCHAT, Service


def check_variables(
    service: Service, container: KubernetesObject, name: str, spec: WorkspaceSpec
) -> Iterator[Mismatch]:
    """Yields what is wrong with the variables of a service's container.

    Args:
        service: The service.
        container: The container that does its work.
        name: The kind and name of its workload.
        spec: The workspace.
    """
    yield from _check_given(service, container, name, spec)
    yield from _check_read(service, container, name, spec)


def _check_given(
    service: Service, container: KubernetesObject, name: str, spec: WorkspaceSpec
) -> Iterator[Mismatch]:
    """The values of variables may be nobody else's business, and aren't shown."""
    wanted = [("variables", entry) for entry in variable_entries(spec, service)]
    certificates = spec.args.get("trusted_certificates")
    if certificates is not None and service is not NATS:
        file = certificates_file(certificates["key"])
        wanted.append(("trusted_certificates", {"name": CERTIFICATES, "value": file}))
    for input_name, expected in wanted:
        actual = find_env(container, expected["name"])
        if actual != expected:
            location = f"{name} env {expected['name']}"
            yield Mismatch(input_name, location, "as given", "another" if actual else "none")


def _check_read(
    service: Service, container: KubernetesObject, name: str, spec: WorkspaceSpec
) -> Iterator[Mismatch]:
    """The image has to read what was rendered as it was meant."""
    own = _names_of_variables({**spec.settings_of(service)})
    common = _names_of_variables({**spec.args})
    for misread in misread_variables(service, container):
        if misread.name in own:
            input_name = f"services.{service.name}.variables"
        elif misread.name in common:
            input_name = "variables"
        elif misread.name == RETRIES and not spec.resilience["retries"]:
            continue  # The chart's own mistake, which was asked to stay.
        else:
            input_name = "values" if spec.values else "chart.version"
        yield Mismatch(input_name, f"{name} env {misread.name}", misread.expected, misread.actual)
    for variable in sorted(own):
        if is_ignored(service, variable):
            expected = f"a variable that {service.kebab_name} reads"
            actual = "a variable that its image doesn't read"
            input_name = f"services.{service.name}.variables"
            yield Mismatch(input_name, f"{name} env {variable}", expected, actual)
    if service is QUEUE_WORKER and RETRY_DELAY in common - own:
        key = spec.format_key(f"services.{service.name}.variables")
        expected = (
            f"one of its own by {key}, as it is also the ms until a job is tried again, by default"
            " 5000"
        )
        yield Mismatch("variables", f"{name} env {RETRY_DELAY}", expected, "that of all services")


def check_shared_variables(
    objects: list[KubernetesObject], spec: WorkspaceSpec
) -> Iterator[Mismatch]:
    """Yields the services that neither see nor understand the monolith, as they differ from it."""
    found = {
        service: (kind_and_name(workload), container)
        for service, workload in service_workloads(objects, spec.release)
        if service is not NATS
        if (container := find_container(workload, service.container)) is not None
    }
    for name in SHARED:
        values = {service: shared_value(found[service][1], name) for service in found}
        expected = values.get(ROCKETCHAT)
        for service, value in values.items():
            if expected is not None and value != expected:
                location = f"{found[service][0]} env {name}"
                monoliths = f"that of {ROCKETCHAT.name}, {expected or 'none'}"
                yield Mismatch("variables", location, monoliths, value or "none")


def _names_of_variables(settings: Mapping[str, Any]) -> set[str]:
    return {*settings.get("variables", {}), *settings.get("variables_from", {})}
