// Command pulumi-resource-kubernetes is Pulumi's Kubernetes provider.
//
// The provider's own main embeds a schema that is generated and not part of its module. Deploying doesn't read it: SDKs
// are made from it, and ours comes as a package.
package main

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

const name = "kubernetes"

func main() {
	schema := fmt.Appendf(nil, `{"name":%q,"version":%q}`, name, version.Version)
	noTerraformMapping := []byte("{}")
	provider.Serve(name, version.Version, schema, noTerraformMapping)
}
