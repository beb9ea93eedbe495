// Command pulumi-language-go runs Pulumi programs that are written in Go.
//
// Pulumi's own language host is a Go module that isn't published for others to build. This one serves what the tests of
// the package need: `pulumi install`, which generates an SDK, and programs that are compiled when they are run.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	codegen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.Stop, cancel)()
	folder, err := os.MkdirTemp("", "pulumi-go-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, "program")
	build := command(ctx, req.Info.ProgramDirectory, "go", "build", "-o", program, ".")
	if output, err := build.CombinedOutput(); err != nil {
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("building the program: %v\n%s", err, output)}, nil
	}
	cmd := command(ctx, req.Pwd, program, req.Args...)
	variables, err := languagehost.ConfigVariables(req)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(append(os.Environ(), variables...),
		pulumi.EnvOrganization+"="+req.Organization,
		pulumi.EnvProject+"="+req.Project,
		pulumi.EnvPulumiRootDirectory+"="+req.Info.RootDirectory,
		pulumi.EnvStack+"="+req.Stack,
		pulumi.EnvDryRun+"="+strconv.FormatBool(req.DryRun),
		pulumi.EnvParallel+"="+strconv.Itoa(int(req.Parallel)),
		pulumi.EnvMonitor+"="+req.MonitorAddress,
		pulumi.EnvEngine+"="+h.Engine,
	)
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
	tidy := command(server.Context(), req.Info.ProgramDirectory, "go", "mod", "tidy")
	tidy.Stdout, tidy.Stderr = stdout, stderr
	return tidy.Run()
}

func (h *host) GeneratePackage(
	_ context.Context, req *pulumirpc.GeneratePackageRequest,
) (*pulumirpc.GeneratePackageResponse, error) {
	generate := func(pkg *schema.Package, _ schema.ReferenceLoader) (map[string][]byte, error) {
		return codegen.GeneratePackage("pulumi-language-go", pkg, req.LocalDependencies)
	}
	return languagehost.GeneratePackage(req, generate)
}

func (h *host) Link(ctx context.Context, req *pulumirpc.LinkRequest) (*pulumirpc.LinkResponse, error) {
	packages, err := languagehost.Linkables(ctx, req, map[string]schema.Language{"go": codegen.Importer})
	if err != nil {
		return nil, err
	}
	instructions := "Import it with:\n\n"
	for _, linkable := range packages {
		module := codegen.ExtractModulePath(linkable.Package.Reference())
		replace := fmt.Sprintf("-replace=%s=./%s", module, linkable.Path)
		edit := command(ctx, req.Info.ProgramDirectory, "go", "mod", "edit", replace)
		if output, err := edit.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go mod edit: %w\n%s", err, output)
		}
		instructions += fmt.Sprintf("  import %q\n", codegen.ExtractImportBasePath(linkable.Package.Reference()))
	}
	return &pulumirpc.LinkResponse{ImportInstructions: instructions}, nil
}

func command(ctx context.Context, folder, name string, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Dir = folder
	return cmd
}
