"""The versions of the chart `rocketchat` that the program knows.

Any other version needs its digest in the input `chart`, and is verified in the same way.
"""

REPOSITORY = "https://rocketchat.github.io/helm-charts"
CHART_DIGESTS = {
    "7.0.2": "be4b8c61a47d636ffe2cc3a22fc35e242583cd80b2601b7b49ecc457c1ae9fc2",
    "6.32.1": "725b54b9f387cf777be6dd34297e70d933b1c0fcdf0c4e73d8fd2194ae38876b",
    "6.26.0": "5dba2699d6b9e344b2b6564a327c6b2755c6a7afd95f56ecc618d7caa6f2f0ca",
}
"""The SHA-256 of each version's package. The first version is the default."""
