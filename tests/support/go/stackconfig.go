// What Pulumi's engine hands to a program for a stack's config file, by the engine's own code.
//
// Each line of the input is the JSON of one request, and each line of the output of its answer.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	pkgworkspace "github.com/pulumi/pulumi/pkg/v3/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/esc"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// Request holds one of the two: a config file, or a text to encrypt.
type Request struct {
	File    string `json:"file"`
	Encrypt string `json:"encrypt"`
}

// Answer holds what the program gets, or why it isn't run.
type Answer struct {
	Config  map[string]string `json:"config,omitempty"`
	Secrets []string          `json:"secrets,omitempty"`
	Error   string            `json:"error,omitempty"`
	Text    string            `json:"text,omitempty"`
}

const longestVariable = 128 * 1024

var salt = []byte("8 bytes.")

func main() {
	project, err := workspace.LoadProject(os.Args[1])
	if err != nil {
		panic(err)
	}
	crypter := config.NewSymmetricCrypterFromPassphrase(os.Args[2], salt)
	check, err := crypter.EncryptValue(context.Background(), "pulumi")
	if err != nil {
		panic(err)
	}
	output := json.NewEncoder(os.Stdout)
	// The first line is the `encryptionsalt` of the files whose secrets it encrypts.
	begin := "v1:" + base64.StdEncoding.EncodeToString(salt) + ":" + check
	if err := output.Encode(Answer{Text: begin}); err != nil {
		panic(err)
	}
	input := json.NewDecoder(bufio.NewReader(os.Stdin))
	for {
		var request Request
		if input.Decode(&request) != nil {
			return
		}
		if err := output.Encode(answer(project, crypter, request)); err != nil {
			panic(err)
		}
	}
}

func answer(project *workspace.Project, crypter config.Crypter, request Request) (made Answer) {
	defer func() {
		if panicked := recover(); panicked != nil {
			made = Answer{Error: fmt.Sprint("panic: ", panicked)}
		}
	}()
	ctx := context.Background()
	if request.Encrypt != "" {
		text, err := crypter.EncryptValue(ctx, request.Encrypt)
		if err != nil {
			return Answer{Error: err.Error()}
		}
		return Answer{Text: text}
	}
	bytes := []byte(request.File)
	stack, err := workspace.LoadProjectStackBytes(nil, project, bytes, "Pulumi.test.yaml", encoding.YAML)
	if err != nil {
		return Answer{Error: err.Error()}
	}
	err = pkgworkspace.ValidateStackConfigAndApplyProjectConfig(
		ctx, "test", project, esc.Value{}, stack.Config, crypter, crypter)
	if err != nil {
		return Answer{Error: err.Error()}
	}
	plain, err := stack.Config.Decrypt(crypter)
	if err != nil {
		return Answer{Error: err.Error()}
	}
	made.Config = map[string]string{}
	for key, text := range plain {
		made.Config[key.String()] = text
	}
	// Hosts of languages hand it over in a variable, and Linux takes no longer one.
	text, err := json.Marshal(made.Config)
	if err != nil || len("PULUMI_CONFIG=")+len(text) >= longestVariable {
		return Answer{Error: "argument list too long"}
	}
	for _, key := range stack.Config.SecureKeys() {
		made.Secrets = append(made.Secrets, key.String())
	}
	return made
}
