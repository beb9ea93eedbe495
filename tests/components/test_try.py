from tests.components.conftest import Engine
from tests.components.support import inputs
import pulumi, pytest

def test_a(engine: Engine) -> None:
    engine.deploy(inputs(namespace="chat", nats_url=pulumi.Output.secret("nats://u:p@h"),ingress={"enabled": False}))
    for r in engine.monitor.registered: print(r.type, r.name, r.parent, r.after, str(r.inputs)[:200])
    print(engine.outputs); print(engine.warnings)
def test_b(engine: Engine) -> None:
    with pytest.raises(pulumi.RunError) as e:
        engine.deploy(inputs(namespace="chat", nats_url=pulumi.Output.secret("mats://u:p@h"),ingress={"enabled": False}))
    print(e.value); print(list(engine.registered))
def test_c(engine: Engine) -> None:
    with pytest.raises(pulumi.RunError) as e:
        engine.deploy(inputs(namespace="chat", replicas={"presence": 4}))
    print(e.value); print(list(engine.registered))
