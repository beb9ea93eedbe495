// Package languagehost has what Pulumi's language hosts of this project share.
package languagehost

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// The executor of a Node.js or Python program exits with this code once it has shown the program's error to the user.
const alreadyReported = 32

// Host answers the calls that are the same in every language.
type Host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	Engine string          // its address
	Stop   context.Context // done when the engine cancels or is gone
	cancel context.CancelFunc
}

// Serve serves the host that newServer returns, until its engine ends. It returns after the process has no more to do.
func Serve(newServer func(Host) pulumirpc.LanguageRuntimeServer) {
	flag.String("tracing", "", "accepted and ignored: the engine may pass it")
	flag.Parse()

	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	host := Host{Engine: flag.Arg(0), Stop: stop, cancel: cancel}
	// This process ends with its engine, however that ends.
	if err := rpcutil.Healthcheck(stop, host.Engine, 5*time.Minute, cancel); err != nil {
		cmdutil.Exit(err)
	}

	shutdown := make(chan bool)
	context.AfterFunc(stop, func() { close(shutdown) })
	serving, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: shutdown,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, newServer(host))
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

// Cancel ends this process.
func (h *Host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel()
	return &emptypb.Empty{}, nil
}

// GetPluginInfo tells the version, which is the SDK's.
func (h *Host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// GetRequiredPackages names none: each resource carries its provider's version, and the engine finds that plugin.
func (h *Host) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

// ConfigVariables returns the variables by which a program learns its config.
func ConfigVariables(req *pulumirpc.RunRequest) ([]string, error) {
	config, err := json.Marshal(req.Config)
	if err != nil {
		return nil, err
	}
	secretKeys, err := json.Marshal(append([]string{}, req.ConfigSecretKeys...)) // [] and never null
	if err != nil {
		return nil, err
	}
	variables := []string{"PULUMI_CONFIG_SECRET_KEYS=" + string(secretKeys)}
	if req.Config != nil {
		variables = append(variables, "PULUMI_CONFIG="+string(config))
	}
	return variables, nil
}

// RunProgram runs a program to its end.
func RunProgram(cmd *exec.Cmd) (*pulumirpc.RunResponse, error) {
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	var exit *exec.ExitError
	switch err := cmd.Run(); {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case errors.As(err, &exit) && exit.ExitCode() == alreadyReported:
		return &pulumirpc.RunResponse{Bail: true}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("running the program: %v", err)}, nil
	}
}
