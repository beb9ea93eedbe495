"""The Secrets that the component creates, and digests of their data.

The chart gets only their names. A digest in the pod annotations of each workload that reads a
Secret makes those pods roll when the Secret changes, and no others.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex

import pulumi

from components.inputs.args import SmtpArgs
from components.inputs.definitions import BY_PATH, secret_error
from components.inputs.spec import WorkspaceSpec
from components.inputs.urls import mail_url, mongodb_database_warning, with_mongodb_options
from components.manifests.variables import variable_settings

_PASSWORD_BYTES = 24


@dataclass(frozen=True)
class SecretData:
    """A Secret that the component creates."""

    name: str
    data: Mapping[str, pulumi.Input[str]]
    drawn: bool = False
    """Whether its data is drawn anew in each run, of which the first counts."""


def secrets_of(spec: WorkspaceSpec) -> list[SecretData]:
    """Returns the Secrets that the component creates for the workspace.

    Their values are Outputs that raise a `pulumi.RunError` if a secret turns out to be invalid.
    """
    secrets = []
    if "mongodb_url" in spec.args:
        url = _validated("mongodb_url", spec.args["mongodb_url"], spec)
        url = url.apply(lambda text: _complete_mongodb_url(text, spec))
        secrets.append(SecretData(spec.mongodb.name, {spec.mongodb.key: url}))
    if "nats_url" in spec.args and spec.bus.secret is not None:
        url = _validated("nats_url", spec.args["nats_url"], spec)
        secrets.append(SecretData(spec.bus.secret.name, {spec.bus.secret.key: url}))
    if spec.bus.password is not None:
        # NATS reads the variable as a value of its configuration: what begins with a letter, and
        # has letters and digits only, is a string there.
        drawn = f"p{token_hex(_PASSWORD_BYTES)}"
        password = spec.bus.password
        secrets.append(SecretData(password.name, {password.key: drawn}, drawn=True))
    if spec.environment_secret is not None:
        data = {
            # The chart passes the monolith all keys of this Secret as environment variables.
            variable: _validated(name, value, spec)
            for name, value in (
                ("license", spec.args.get("license")),
                ("registration_token", spec.args.get("registration_token")),
            )
            if value is not None
            for variable in BY_PATH[name].env
        }
        secrets.append(SecretData(spec.environment_secret, data))
    secrets += _variables(spec)
    smtp = spec.args.get("smtp")
    if spec.mail is not None and smtp is not None and "existing_secret" not in smtp:
        mail = _mail_url(smtp, spec.args.get("smtp_password"))
        secrets.append(SecretData(spec.mail.name, {spec.mail.key: mail}))
    return secrets


def _variables(spec: WorkspaceSpec) -> list[SecretData]:
    """The variables that are secret, those of all services in one Secret."""
    found: dict[str, dict[str, pulumi.Input[str]]] = {}
    for service in spec.services:
        for name, settings in variable_settings(spec, service):
            secret: dict[str, pulumi.Input[str]] = {
                variable: pulumi.Output.secret(value)
                for variable, value in settings.get("variables", {}).items()
                if not isinstance(value, str)
            }
            if secret:
                found[name] = secret
    return [SecretData(name, data) for name, data in found.items()]


def _complete_mongodb_url(url: str, spec: WorkspaceSpec) -> str:
    warning = mongodb_database_warning(url)
    if warning:
        pulumi.log.warn(f"{spec.format_key('mongodb_url')}: {warning}")
    return with_mongodb_options(url, spec.mongodb_options)


def _mail_url(smtp: SmtpArgs, password: pulumi.Input[str] | None) -> pulumi.Output[str]:
    host, port, username = smtp["host"], smtp["port"], smtp.get("username")
    return pulumi.Output.from_input(password).apply(
        lambda text: mail_url(host, port, username, text)
    )


def _validated(name: str, value: pulumi.Input[str], spec: WorkspaceSpec) -> pulumi.Output[str]:
    """Returns the secret input `name`, validated when the Output resolves."""

    def validate(text: str) -> str:
        error = secret_error(name, text)
        if error:
            raise pulumi.RunError(f"{spec.key_format(name)}: {error}")
        return text

    return pulumi.Output.from_input(value).apply(validate)


def digest_of(secret: SecretData, namespace: str) -> pulumi.Output[str]:
    """Returns a digest that changes with the Secret's data and doesn't reveal it.

    A plain hash of a short password can be reversed by trying passwords. With scrypt each attempt
    costs some 20 ms and 4 MiB, and the salt makes the digest specific to the workspace.
    """

    def digest(data: dict[str, str]) -> str:
        text = "\0".join(f"{key}\0{data[key]}" for key in sorted(data))
        salt = f"{namespace}/{secret.name}".encode()
        return hashlib.scrypt(text.encode(), salt=salt, n=2**12, r=8, p=1, dklen=16).hex()

    return pulumi.Output.unsecret(pulumi.Output.all(**secret.data).apply(digest))
