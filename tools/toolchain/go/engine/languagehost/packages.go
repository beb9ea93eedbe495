package languagehost

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Generator returns the files of a package's SDK, by their paths.
type Generator func(*schema.Package, schema.ReferenceLoader) (map[string][]byte, error)

// GeneratePackage writes the SDK of a package.
func GeneratePackage(
	req *pulumirpc.GeneratePackageRequest, generate Generator,
) (*pulumirpc.GeneratePackageResponse, error) {
	client, err := schema.NewLoaderClient(req.LoaderTarget)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	loader := schema.NewCachedLoader(client)

	var spec schema.PackageSpec
	if err := json.Unmarshal([]byte(req.Schema), &spec); err != nil {
		return nil, err
	}
	options := schema.ValidationOptions{AllowDanglingReferences: true}
	bound, diagnostics, err := schema.BindSpec(spec, loader, options)
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GeneratePackageResponse{Diagnostics: plugin.HclDiagnosticsToRPCDiagnostics(diagnostics)}
	if diagnostics.HasErrors() {
		return response, nil
	}
	files, err := generate(bound, loader)
	if err != nil {
		return nil, err
	}
	for name, content := range files {
		path := filepath.Join(req.Directory, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return nil, err
		}
	}
	return response, nil
}

// Linkable is a package whose SDK a program is to use.
type Linkable struct {
	Package *schema.Package
	Path    string // the SDK's folder, relative to the program's
}

// Linkables returns the packages of a request, with what their schemas say about a language.
func Linkables(
	ctx context.Context, req *pulumirpc.LinkRequest, languages map[string]schema.Language,
) ([]Linkable, error) {
	client, err := schema.NewLoaderClient(req.LoaderTarget)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	loader := schema.NewCachedLoader(client)

	var linkables []Linkable
	for _, dependency := range req.Packages {
		descriptor := &schema.PackageDescriptor{Name: dependency.Package.Name, DownloadURL: dependency.Package.Server}
		if version, err := semver.Parse(dependency.Package.Version); err == nil {
			descriptor.Version = &version
		}
		reference, err := schema.LoadPackageReferenceV2(ctx, loader, descriptor)
		if err != nil {
			return nil, err
		}
		definition, err := reference.Definition()
		if err != nil {
			return nil, err
		}
		if err := definition.ImportLanguages(languages); err != nil {
			return nil, err
		}
		linkables = append(linkables, Linkable{definition, dependency.Path})
	}
	return linkables, nil
}
