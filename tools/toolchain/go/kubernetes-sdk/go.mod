// Stands in for the Go SDK of the provider's own resources, of which the provider uses these few declarations.
// The SDK itself has a type for every kind of Kubernetes, and compiling those takes longer than the rest together.
module github.com/pulumi/pulumi-kubernetes/sdk/v4

go 1.24.7

require github.com/pulumi/pulumi/sdk/v3 v3.215.0
