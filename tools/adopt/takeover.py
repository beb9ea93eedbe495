"""The takeover of a release; every step can be repeated, so an interrupted run can be resumed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from components.deploy.provider_annotations import annotate, provider_annotations
from components.inputs.definitions import BY_PATH, get_input
from components.inputs.pod_template_overrides import holds_secrets
from components.kube.api import Api
from components.kube.objects import KubernetesObject, kind_and_name, nested_list
from components.naming import camel
from tools.adopt import live_objects, managed_fields, record
from tools.adopt.by_others import added_by_others, changes_by_others
from tools.adopt.deployers import Deployer, find_deployers, find_owner
from tools.adopt.plan import Plan, make_plan, make_pod_template_overrides
from tools.adopt.project import Project
from tools.adopt.record import Release
from tools.adopt.translation import Translation
from tools.errors import ToolError

OVERRIDES = camel("pod_template_overrides")


@dataclass(frozen=True)
class Takeover:
    """The takeover of one release by one stack."""

    api: Api
    project: Project
    release: Release

    def configure(self, translation: Translation, chart: Mapping[str, Any]) -> bool:
        """Writes the stack's config, and returns whether it had to.

        The config of an earlier run stays, as somebody may have changed it; missing secrets are
        added.

        Args:
            translation: The config that is equivalent to the release's values.
            chart: The input `chart`.

        Raises:
            ToolError: If the stack's config is that of another workspace.
        """
        file = self.project.file
        config = file.config()
        if config and not self._is_of_release(config):
            raise ToolError(
                f"{file.name} is about another workspace. Name another stack, or move that file"
                " away.",
            )
        if not config:
            self.project.write_config(
                {**translation.config, **({"chart": chart} if chart else {})},
                f"Taken over from Helm's release {self.release.name}.",
            )
        self.project.select()
        missing = [path for path in translation.secrets if get_input(config, path) is None]
        for path in missing:
            self.project.set_secret(path, translation.secrets[path])
        return not config or bool(missing)

    def desired(self) -> list[KubernetesObject]:
        """Returns the objects that the stack's config describes, with secrets in plain text."""
        return self.project.render()

    def plan(self, desired: list[KubernetesObject]) -> Plan:
        """Returns what becomes of each object."""
        live = live_objects.find_all(self.api, desired)
        return make_plan(desired, self.release.objects, live)

    def deployers(self) -> list[Deployer]:
        """Returns who would undo the takeover, as they deploy the release, too."""
        return find_deployers(live_objects.find_all(self.api, self.release.objects).values())

    def by_others(self, desired: list[KubernetesObject]) -> list[str]:
        """Returns what others have changed or added, and what becomes of it."""
        release = self.release
        rendered = live_objects.find_all(self.api, release.objects)
        owner = find_owner(rendered.values()) or release.owner
        live = {**rendered, **live_objects.find_all(self.api, desired)}
        hosts = [
            str(rule["host"])
            for obj in desired
            for rule in nested_list(obj, "spec", "rules")
            if "host" in rule
        ]
        return [
            *changes_by_others(release.objects, desired, live, owner.manager),
            *added_by_others(self.api, release.namespace, hosts, [*release.objects, *desired]),
        ]

    def add_pod_template_overrides(self, desired: list[KubernetesObject]) -> bool:
        """Adds to the config what no pod may lose without a restart; returns whether it had to.

        The overrides of an earlier run, or of somebody's own, stay.
        """
        if OVERRIDES in self.project.file.config():
            return False
        live = live_objects.find_all(self.api, desired)
        overrides = make_pod_template_overrides(desired, self.release.objects, live)
        if holds_secrets(overrides):
            self.project.set_secret(OVERRIDES, json.dumps(overrides))
        elif overrides:
            self.project.file.add(OVERRIDES, overrides)
        return bool(overrides)

    def run(self, desired: list[KubernetesObject], show: Callable[[str], None]) -> None:
        """Takes over the objects, then deploys the stack, then replaces Helm's record.

        Args:
            desired: The objects that the stack's config describes.
            show: Called with each step.
        """
        live = live_objects.find_all(self.api, self.release.objects).values()
        # After an interrupted run it is known from the record alone.
        owner = find_owner(live) or self.release.owner
        show("Taking over the objects")
        released = {kind_and_name(obj) for obj in self.release.objects}
        # With them, the update changes no metadata alone. After such a change provider 4.25 may
        # record the StatefulSet of before, and the next preview would show the change again.
        annotations = provider_annotations(self.project.stack, self._timeout())
        for obj in live_objects.in_creation_order(desired):
            take = (
                partial(managed_fields.take_from_helm, desired=obj)
                if kind_and_name(obj) in released
                else managed_fields.take_from_anybody
            )
            live_objects.change_managed_fields(self.api, obj, take)
            live_objects.apply(self.api, annotate(obj, annotations))
        show("Deploying the stack")
        self.project.up()
        show("Leaving the objects to the stack alone")
        for obj in desired:
            live_objects.change_managed_fields(self.api, obj, managed_fields.drop_adopt)
        if self.release.is_recorded:
            show("Setting Helm's record aside")
            record.replace_with_copies(self.api, self.release.name, self.release.namespace, owner)
        else:
            # An umbrella chart's record has the objects still.
            if record.find_records(self.api, self.release.name, self.release.namespace):
                for obj in self.release.objects:
                    live_objects.keep_from_helm(self.api, obj, keep=True)
            show("Recording what was taken over")
            record.keep(self.api, self.release, owner)

    def _timeout(self) -> int:
        key = "timeout_seconds"
        return int(self.project.file.config().get(camel(key), BY_PATH[key].default))

    def _is_of_release(self, config: Mapping[str, Any]) -> bool:
        keys = ("release_name", "namespace")
        found = [config.get(camel(key), BY_PATH[key].default) for key in keys]
        return found == [self.release.name, self.release.namespace]
