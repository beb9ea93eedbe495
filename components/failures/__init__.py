"""Why workloads don't get ready, from what the cluster says: facts in, sentences out."""
