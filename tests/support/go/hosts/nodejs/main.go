// Command pulumi-language-nodejs runs Pulumi programs that are written in TypeScript.
//
// Pulumi's own language host is a Go module that isn't published for others to build. This one serves what the tests of
// the package need: `pulumi install`, which generates an SDK, and programs without synchronous invokes.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	codegen "github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/nodejs/npm"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"rocketchat-pulumi/engine/languagehost"
)

type host struct {
	languagehost.Host
}

func main() {
	languagehost.Serve(func(shared languagehost.Host) pulumirpc.LanguageRuntimeServer { return &host{shared} })
}

func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	find := exec.CommandContext(ctx, "node", "--print", "require.resolve('@pulumi/pulumi/cmd/run')")
	find.Dir = req.Info.ProgramDirectory
	runner, err := find.Output()
	if err != nil {
		return nil, errors.New("@pulumi/pulumi isn't installed: run pulumi install")
	}
	args := []string{
		strings.TrimSpace(string(runner)),
		"--monitor", req.MonitorAddress,
		"--engine", h.Engine,
		"--organization", req.Organization,
		"--project", req.Project,
		"--stack", req.Stack,
		"--root-directory", req.Info.RootDirectory,
		"--pwd", req.Info.ProgramDirectory,
		"--parallel", strconv.Itoa(int(req.Parallel)),
	}
	if req.DryRun {
		args = append(args, "--dry-run")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.Stop, cancel)()
	cmd := exec.CommandContext(ctx, "node", append(append(args, req.Info.EntryPoint), req.Args...)...)
	variables, err := languagehost.ConfigVariables(req)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(append(os.Environ(), variables...), "PULUMI_NODEJS_TYPESCRIPT=true")
	return languagehost.RunProgram(cmd)
}

func (h *host) InstallDependencies(
	req *pulumirpc.InstallDependenciesRequest, server pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	streams, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(server, req.IsTerminal)
	if err != nil {
		return err
	}
	defer streams.Close()
	_, err = npm.Install(server.Context(), npm.NpmPackageManager, req.Info.ProgramDirectory, false, stdout, stderr)
	return err
}

func (h *host) GeneratePackage(
	_ context.Context, req *pulumirpc.GeneratePackageRequest,
) (*pulumirpc.GeneratePackageResponse, error) {
	generate := func(pkg *schema.Package, loader schema.ReferenceLoader) (map[string][]byte, error) {
		return codegen.GeneratePackage(
			"pulumi-language-nodejs", pkg, req.ExtraFiles, req.LocalDependencies, req.Local, loader)
	}
	return languagehost.GeneratePackage(req, generate)
}

func (h *host) Link(ctx context.Context, req *pulumirpc.LinkRequest) (*pulumirpc.LinkResponse, error) {
	packages, err := languagehost.Linkables(ctx, req, map[string]schema.Language{"nodejs": codegen.Importer})
	if err != nil {
		return nil, err
	}
	manager, err := npm.ResolvePackageManager(npm.NpmPackageManager, req.Info.ProgramDirectory)
	if err != nil {
		return nil, err
	}
	instructions := "Import it with:\n\n"
	for _, linkable := range packages {
		name := "@pulumi/" + linkable.Package.Name
		if linkable.Package.Namespace != "" {
			name = "@" + linkable.Package.Namespace + "/" + linkable.Package.Name
		}
		if err := manager.Link(ctx, req.Info.ProgramDirectory, name, linkable.Path); err != nil {
			return nil, err
		}
		instructions += fmt.Sprintf("  import * as %s from \"%s\";\n", linkable.Package.Name, name)
	}
	return &pulumirpc.LinkResponse{ImportInstructions: instructions}, nil
}
