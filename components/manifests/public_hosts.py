"""The Ingress for every public host name: the chart's knows one."""

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, nested_list


def add_extra_hosts(ingress: KubernetesObject, spec: WorkspaceSpec) -> None:
    """Routes the further hosts as the first one, each with its certificate if it has its own."""
    rules, tls = nested_list(ingress, "spec", "rules"), nested_list(ingress, "spec", "tls")
    ours = [entry for entry in tls if spec.host in (entry.get("hosts") or [])]
    for extra in spec.args.get("extra_hosts", []):
        rules += [{**rule, "host": extra["host"]} for rule in rules if rule["host"] == spec.host]
        if "tls_secret" in extra:
            tls.append({"secretName": extra["tls_secret"], "hosts": [extra["host"]]})
        elif ours:
            ours[0]["hosts"] = [*ours[0]["hosts"], extra["host"]]
    ingress["spec"]["rules"] = rules
    if tls:
        ingress["spec"]["tls"] = tls
