"""The Secrets that carry what must not be in values, and digests of what is in them.

The chart gets their names only. A digest in the pod annotations of each workload that reads a
Secret makes a rotation roll those pods, and no others.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import pulumi

from components.chart.values import MAIL_KEY, MONGODB_KEY
from components.inputs.spec import Smtp, WorkspaceSpec
from components.inputs.table import secret_error


@dataclass(frozen=True)
class SecretData:
    """One Secret that the component makes."""

    name: str
    data: Mapping[str, pulumi.Input[str]]


def secrets_of(spec: WorkspaceSpec) -> list[SecretData]:
    """Every Secret that the component makes for what is meant."""
    made = []
    if "mongodb_url" in spec.args:
        url = _checked("mongodb_url", spec.args["mongodb_url"], spec)
        made.append(SecretData(spec.mongodb_secret, {MONGODB_KEY: url}))
    if "nats_url" in spec.args and spec.bus.secret is not None:
        url = _checked("nats_url", spec.args["nats_url"], spec)
        made.append(SecretData(spec.bus.secret.name, {spec.bus.secret.key: url}))
    environment = {
        # The monolith's own environment variables: the chart hands it this Secret whole.
        "ROCKETCHAT_LICENSE": ("license", spec.args.get("license")),
        "REG_TOKEN": ("registration_token", spec.args.get("registration_token")),
    }
    given = {
        key: _checked(name, value, spec)
        for key, (name, value) in environment.items()
        if value is not None
    }
    if given:
        made.append(SecretData(f"{spec.release}-environment", given))
    if spec.smtp is not None and spec.smtp.existing_secret is None:
        made.append(SecretData(f"{spec.release}-smtp", {MAIL_KEY: _mail_url(spec.smtp)}))
    return made


def mail_url(smtp: Smtp, password: str | None) -> str:
    """The URL of a mail server, with every special character of the credentials escaped."""
    login = ""
    if smtp.username is not None and password is not None:
        login = f"{quote(smtp.username, safe='')}:{quote(password, safe='')}@"
    return f"smtp://{login}{smtp.host}:{smtp.port}"


def _mail_url(smtp: Smtp) -> pulumi.Input[str]:
    if smtp.password is None:
        return mail_url(smtp, None)
    return pulumi.Output.from_input(smtp.password).apply(lambda text: mail_url(smtp, text))


def _checked(name: str, came: pulumi.Input[str], spec: WorkspaceSpec) -> pulumi.Input[str]:
    """`came`, held to its form also where it is known only later."""

    def check(text: str) -> str:
        sentence = secret_error(name, text)
        if sentence:
            raise pulumi.RunError(f"{spec.key_format(name)}: {sentence}")
        return text

    return pulumi.Output.from_input(came).apply(check)


def digest_of(secret: SecretData, namespace: str) -> pulumi.Output[str]:
    """A digest that changes with the Secret's data, and from which it can't be guessed.

    A plain hash of a short password can be reversed by trying; scrypt makes each try cost some
    20 ms and 4 MiB, and the salt makes each workspace's digest its own.
    """

    def digest(data: dict[str, str]) -> str:
        text = "\0".join(f"{key}\0{data[key]}" for key in sorted(data))
        salt = f"{namespace}/{secret.name}".encode()
        return hashlib.scrypt(text.encode(), salt=salt, n=2**12, r=8, p=1, dklen=16).hex()

    return pulumi.Output.unsecret(pulumi.Output.all(**secret.data).apply(digest))
