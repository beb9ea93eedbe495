"""The takeover, step by step; each is safe to do again, so that an interrupted run goes on."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from components.inputs.pod_template_overrides import holds_secrets
from components.kube.objects import KubernetesObject
from tools.adopt import objects, ownership, record
from tools.adopt.errors import AdoptError
from tools.adopt.mapping import Translation
from tools.adopt.plan import Plan, kept, plan
from tools.adopt.project import Project
from tools.adopt.record import Release
from tools.status.api import Api

KEPT_PODS = "podTemplateOverrides"
Step = Callable[[str], None]
"""Told what is about to be done."""


@dataclass(frozen=True)
class Takeover:
    """One release on its way into one stack."""

    api: Api
    project: Project
    release: Release

    def configure(self, translation: Translation, chart: Mapping[str, Any]) -> bool:
        """Writes the stack's config, and says whether it had to.

        One that is about this workspace is from an earlier run, and somebody may have changed it;
        what it lacks is added.
        """
        held = self.project.config()
        if held and not self._is_about_this(held):
            raise AdoptError(
                f"{self.project.file.name} is about another workspace. Name another stack, or move"
                " that file away.",
            )
        if not held:
            self.project.write(
                {**translation.config, **({"chart": chart} if chart else {})},
                f"Taken over from Helm's release {self.release.name}.",
            )
        self.project.select()
        missing = [key for key in translation.secrets if key not in held]
        for key in missing:
            self.project.set_secret(key, translation.secrets[key])
        return not held or bool(missing)

    def wanted(self) -> list[KubernetesObject]:
        """The objects that the stack's config means, secrets in plain."""
        return self.project.meant()

    def plan(self, wanted: list[KubernetesObject]) -> Plan:
        """What becomes of each object."""
        return plan(wanted, self.release.objects, objects.live_ones(self.api, wanted))

    def keep_pods(self, wanted: list[KubernetesObject]) -> bool:
        """Adds to the config what no pod may lose for none to restart, and says whether it had to.

        What is kept already, by an earlier run or by hand, stays as it is.
        """
        if KEPT_PODS in self.project.config():
            return False
        found = kept(wanted, self.release.objects, objects.live_ones(self.api, wanted))
        if holds_secrets(found):
            self.project.set_secret(KEPT_PODS, json.dumps(found))
        elif found:
            self.project.add(KEPT_PODS, found)
        return bool(found)

    def run(self, wanted: list[KubernetesObject], told: Step) -> None:
        """Takes over: objects, then the stack's state, then Helm's record."""
        told("Taking the objects over")
        for one in objects.ordered(wanted):
            objects.own(self.api, one, lambda live, one=one: ownership.taken(live, one))  # type: ignore[misc]
            objects.apply(self.api, one)
        told("Deploying the stack, which finds them as it means them")
        self.project.up()
        told("Leaving them to the stack alone")
        for one in wanted:
            objects.own(self.api, one, ownership.dropped)
        told("Putting Helm's record aside")
        record.keep(self.api, self.release.name, self.release.namespace)

    def _is_about_this(self, held: Mapping[str, Any]) -> bool:
        place = (held.get("releaseName", "chat"), held.get("namespace", "rocketchat"))
        return place == (self.release.name, self.release.namespace)
