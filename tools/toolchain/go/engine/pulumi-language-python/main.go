// Command pulumi-language-python runs Pulumi programs, component packages and policy packs that are written in Python.
//
// Pulumi's own language host is a Go module that isn't published for others to build. This one serves the calls that
// running and `pulumi package add` need, with the interpreter chosen by the SDK's own rules from runtime.options (virtualenv, toolchain). It
// leaves out what converts programs, the typechecker option and the debugger.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	codegen "github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"

	"rocketchat-pulumi/engine/languagehost"
)

const (
	executorName = "pulumi-language-python-exec"
	// Where a component package's interpreter is when its PulumiPlugin.yaml doesn't say.
	pluginVirtualenv = "venv"
)

type host struct {
	languagehost.Host
	executor string
}

func main() {
	binary, err := os.Executable()
	if err != nil {
		cmdutil.Exit(err)
	}
	executor := filepath.Join(filepath.Dir(binary), executorName)
	if _, err := os.Stat(executor); err != nil {
		cmdutil.Exit(fmt.Errorf("%s has to lie beside the language host: %w", executorName, err))
	}
	languagehost.Serve(func(shared languagehost.Host) pulumirpc.LanguageRuntimeServer {
		return &host{shared, executor}
	})
}

func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	python, err := interpreter(req.Info, "")
	if err != nil {
		return nil, err
	}
	if err := python.ValidateVenv(ctx); err != nil {
		return nil, err
	}

	args := append([]string{
		h.executor,
		"--monitor=" + req.MonitorAddress,
		"--engine=" + h.Engine,
		"--organization=" + req.Organization,
		"--project=" + req.Project,
		"--stack=" + req.Stack,
		"--root_directory=" + req.Info.RootDirectory,
		"--pwd=" + req.Pwd,
		"--parallel=" + strconv.Itoa(int(req.Parallel)),
		"--dry_run=" + strconv.FormatBool(req.DryRun),
		req.Info.EntryPoint,
	}, req.Args...)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.Stop, cancel)()
	cmd, err := python.Command(ctx, args...)
	if err != nil {
		return nil, err
	}
	variables, err := languagehost.ConfigVariables(req)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(cmd.Environ(), variables...)
	return languagehost.RunProgram(cmd)
}

func (h *host) RunPlugin(req *pulumirpc.RunPluginRequest, server pulumirpc.LanguageRuntime_RunPluginServer) error {
	dir := req.Info.ProgramDirectory
	args, workDir, virtualenv := append([]string{dir}, req.Args...), req.Pwd, pluginVirtualenv
	if req.Kind == string(apitype.AnalyzerPlugin) {
		args = append([]string{"-u", "-m", "pulumi.policy"}, append(req.Args, dir)...)
		workDir, virtualenv = dir, ""
	}
	python, err := interpreter(req.Info, virtualenv)
	if err != nil {
		return err
	}
	cmd, err := python.Command(server.Context(), args...)
	if err != nil {
		return err
	}
	cmd.Dir = workDir
	cmd.Env = append(cmd.Environ(), req.Env...)
	streams, stdout, stderr, err := rpcutil.MakeRunPluginStreams(server, false)
	if err != nil {
		return err
	}
	defer streams.Close()
	cmd.Stdout, cmd.Stderr = stdout, stderr

	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code := &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(exit.ExitCode())}
		return server.Send(&pulumirpc.RunPluginResponse{Output: code})
	}
	return err
}

func (h *host) InstallDependencies(
	req *pulumirpc.InstallDependenciesRequest, server pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	virtualenv := ""
	if req.IsPlugin {
		virtualenv = pluginVirtualenv
	}
	python, err := interpreter(req.Info, virtualenv)
	if err != nil {
		return err
	}
	streams, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(server, req.IsTerminal)
	if err != nil {
		return err
	}
	defer streams.Close()
	return python.InstallDependencies(
		server.Context(), req.Info.ProgramDirectory, req.UseLanguageVersionTools, true, stdout, stderr)
}

func (h *host) GeneratePackage(
	_ context.Context, req *pulumirpc.GeneratePackageRequest,
) (*pulumirpc.GeneratePackageResponse, error) {
	generate := func(pkg *schema.Package, loader schema.ReferenceLoader) (map[string][]byte, error) {
		return codegen.GeneratePackage("pulumi-language-python", pkg, req.ExtraFiles, loader)
	}
	return languagehost.GeneratePackage(req, generate)
}

func (h *host) Link(ctx context.Context, req *pulumirpc.LinkRequest) (*pulumirpc.LinkResponse, error) {
	packages, err := languagehost.Linkables(ctx, req, map[string]schema.Language{"python": codegen.Importer})
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	instructions := "Import it with:\n\n"
	for _, linkable := range packages {
		name := codegen.PyPack(linkable.Package.Namespace, linkable.Package.Name)
		if info, ok := linkable.Package.Language["python"].(codegen.PackageInfo); ok && info.PackageName != "" {
			name = info.PackageName
		}
		paths[name] = linkable.Path
		instructions += fmt.Sprintf("  import %s\n", name)
	}
	python, err := interpreter(req.Info, "")
	if err != nil {
		return nil, err
	}
	if err := python.LinkPackages(ctx, paths); err != nil {
		return nil, err
	}
	return &pulumirpc.LinkResponse{ImportInstructions: instructions}, nil
}

// interpreter resolves runtime.options; virtualenv is what holds when the project names no toolchain and none of its own.
func interpreter(info *pulumirpc.ProgramInfo, virtualenv string) (toolchain.Toolchain, error) {
	options := toolchain.PythonOptions{Root: info.RootDirectory, ProgramDir: info.ProgramDirectory}
	given := info.Options.AsMap()
	switch name := given["toolchain"]; name {
	case nil:
		options.Toolchain, options.Virtualenv = toolchain.Auto, virtualenv
	case "pip":
		options.Toolchain, options.Virtualenv = toolchain.Pip, virtualenv
	case "poetry":
		options.Toolchain = toolchain.Poetry
	case "uv":
		options.Toolchain = toolchain.Uv
	default:
		return nil, fmt.Errorf("runtime.options.toolchain is %v; it has to be pip, poetry or uv", name)
	}
	switch path := given["virtualenv"].(type) {
	case nil:
	case string:
		options.Virtualenv = path
	default:
		return nil, fmt.Errorf("runtime.options.virtualenv is %v; it has to be a path", path)
	}
	return toolchain.ResolveToolchain(options)
}
