"""Commands that run beside `pulumi`, each as `python -m tools.NAME`."""

import sys

# While `python -m` locates a module, argv[0] is "-m": https://docs.python.org/3/using/cmdline.html
if sys.argv[0] == "-m":
    from tools.dependencies import explain_missing_packages

    sys.excepthook = explain_missing_packages
