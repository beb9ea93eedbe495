// Package v2 registers the objects of a manifest.
package v2

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// object is a resource of any kind; nothing reads its outputs.
type object struct {
	pulumi.CustomResourceState
}

// RegisterResource registers an object under the type token of its API version and kind.
func RegisterResource(
	ctx *pulumi.Context, apiVersion, kind, name string, props pulumi.Input, opts ...pulumi.ResourceOption,
) (pulumi.CustomResource, error) {
	var resource object
	if err := ctx.RegisterResource(token(apiVersion, kind), name, props, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// token returns the type token: `kubernetes:apps/v1:Deployment`, and `kubernetes:core/v1:Service` for the core group.
func token(apiVersion, kind string) string {
	if !strings.Contains(apiVersion, "/") {
		apiVersion = "core/" + apiVersion
	}
	return "kubernetes:" + apiVersion + ":" + kind
}
