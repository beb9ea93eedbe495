"""The policy pack, as `pulumi preview --policy-pack policy` starts it."""  # noqa: INP001 - a script

from guardrails.pack import serve

serve()
