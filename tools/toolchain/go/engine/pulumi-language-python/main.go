// Command pulumi-language-python runs Pulumi programs, component packages and policy packs that are written in Python.
//
// Pulumi's own language host is a Go module that isn't published for others to build. This one serves the calls that
// running needs, with the interpreter chosen by the SDK's own rules from runtime.options (virtualenv, toolchain). It
// leaves out what generates code (convert, package add), the typechecker option and the debugger.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	executorName = "pulumi-language-python-exec"
	// The executor exits with this code once it has shown the program's error to the user.
	alreadyReported = 32
	// Where a component package's interpreter is when its PulumiPlugin.yaml doesn't say.
	pluginVirtualenv = "venv"
)

type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	executor string
	engine   string          // its address
	stop     context.Context // done when the engine cancels or is gone
	cancel   context.CancelFunc
}

func main() {
	flag.String("tracing", "", "accepted and ignored: the engine may pass it")
	flag.Parse()

	binary, err := os.Executable()
	if err != nil {
		cmdutil.Exit(err)
	}
	executor := filepath.Join(filepath.Dir(binary), executorName)
	if _, err := os.Stat(executor); err != nil {
		cmdutil.Exit(fmt.Errorf("%s has to lie beside the language host: %w", executorName, err))
	}

	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	h := &host{executor: executor, engine: flag.Arg(0), stop: stop, cancel: cancel}
	// This process ends with its engine, however that ends.
	if err := rpcutil.Healthcheck(stop, h.engine, 5*time.Minute, cancel); err != nil {
		cmdutil.Exit(err)
	}

	shutdown := make(chan bool)
	context.AfterFunc(stop, func() { close(shutdown) })
	serving, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: shutdown,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, h)
			return nil
		},
	})
	if err != nil {
		cmdutil.Exit(err)
	}
	fmt.Println(serving.Port) // The engine reads the first line and connects there.
	if err := <-serving.Done; err != nil {
		cmdutil.Exit(err)
	}
}

func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel()
	return &emptypb.Empty{}, nil
}

func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// GetRequiredPackages names none: each resource carries its provider's version, and the engine finds that plugin.
func (h *host) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
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
		"--engine=" + h.engine,
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
	defer context.AfterFunc(h.stop, cancel)()
	cmd, err := python.Command(ctx, args...)
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(req.Config)
	if err != nil {
		return nil, err
	}
	secretKeys, err := json.Marshal(append([]string{}, req.ConfigSecretKeys...)) // [] and never null
	if err != nil {
		return nil, err
	}
	cmd.Env = append(cmd.Environ(), "PULUMI_CONFIG_SECRET_KEYS="+string(secretKeys))
	if req.Config != nil {
		cmd.Env = append(cmd.Env, "PULUMI_CONFIG="+string(config))
	}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr

	var exit *exec.ExitError
	switch err := cmd.Run(); {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case errors.As(err, &exit) && exit.ExitCode() == alreadyReported:
		return &pulumirpc.RunResponse{Bail: true}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("running the Python program: %v", err)}, nil
	}
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
